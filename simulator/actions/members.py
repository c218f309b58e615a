"""What members do with apps, and what becomes of imports."""

from __future__ import annotations

import json
import secrets
from typing import Any

from crypto import Format
from simulator.actions.stage import Stage, action
from simulator.plaintext import write
from simulator.records import App


class MemberActions(Stage):
    """Members write to apps; batch jobs end."""

    @action("POST")
    def send_message(self, userid: str, content: str, *, app: str = "") -> int:
        """Let a member write a text to an app or a robot; returns the number of the push.

        The passive reply, still encrypted, stands under `reply` in `pushes()`.
        """
        with self.tenant.changed:
            receiver = self.tenant.app(app)
            self._member(self.tenant.corp(receiver.corpid), userid)
            callback = self._data_callback(receiver)
            return self._pusher.push(
                callback,
                self._message(receiver, userid, content, callback.form),
                app=receiver.name,
                event="text",
                userid=userid,
            ).number

    @action("GET")
    def batch_jobs(self, *, corpid: str = "") -> list[dict[str, Any]]:
        """Return the imports and whether each has ended; `finish_batch_jobs` ends them now."""
        with self.tenant.changed:
            return [
                {
                    "jobid": job.jobid,
                    "type": job.type,
                    "ends_at": job.ends_at,
                    "finished": job.finished,
                }
                for job in self.tenant.corp(corpid).batch_jobs.values()
            ]

    @action("POST")
    def finish_batch_jobs(self, *, corpid: str = "") -> int:
        """Let all imports end now; returns how many."""
        with self.tenant.changed:
            jobs = [job for job in self.tenant.corp(corpid).batch_jobs.values() if not job.finished]
            for job in jobs:
                job.ends_at = self.tenant.clock.now()
                job.finish()
            return len(jobs)

    def _message(self, app: App, userid: str, content: str, form: Format) -> bytes:
        now = int(self.tenant.clock.now())
        number = 10**18 + secrets.randbelow(9 * 10**18)
        if app.kind == "robot":
            robot_message = {
                "msgid": str(number),
                "aibotid": app.name,
                "chattype": "single",
                "from": {"userid": userid},
                "msgtype": "text",
                "text": {"content": content},
            }
            return json.dumps(robot_message, ensure_ascii=False).encode()
        return write(
            {
                "ToUserName": app.corpid,
                "FromUserName": userid,
                "CreateTime": now,
                "MsgType": "text",
                "Content": content,
                "MsgId": number,
                "AgentID": app.agentid,
            },
            form,
        )
