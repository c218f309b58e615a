"""Invoices (电子发票), which members hand in for reimbursement.

Every card_id and encrypt_code stands for an invoice here; what is kept of it is its status.
"""

from __future__ import annotations

from typing import Any

from errors import CallRefused
from simulator.api.endpoint import Call, Chapter
from simulator.api.fields import Fields
from simulator.contacts import openid_of
from simulator.office import Office

chapter = Chapter()

_INIT, _LOCKED, _CLOSED = (
    "INVOICE_REIMBURSE_INIT",
    "INVOICE_REIMBURSE_LOCK",
    "INVOICE_REIMBURSE_CLOSURE",
)
_MOST_ITEMS = 200
Key = tuple[str, str]


@chapter.endpoint("POST", "card/invoice/reimburse/getinvoiceinfo", doc=90284, stateful=False)
def getinvoiceinfo(call: Call) -> dict[str, object]:
    """Return one invoice (查询电子发票)."""
    return _shown(call, _key(call))


@chapter.endpoint("POST", "card/invoice/reimburse/getinvoiceinfobatch", doc=90287, stateful=False)
def getinvoiceinfobatch(call: Call) -> dict[str, object]:
    """Return several invoices (批量查询电子发票)."""
    return {"item_list": [_shown(call, each) for each in _keys(call, "item_list")]}


@chapter.endpoint("POST", "card/invoice/reimburse/updateinvoicestatus", doc=90285)
def updateinvoicestatus(call: Call) -> dict[str, object]:
    """Lock, free or close an invoice (更新发票状态); a closed one stays closed."""
    _update(call, [_key(call)])
    return {}


@chapter.endpoint("POST", "card/invoice/reimburse/updatestatusbatch", doc=90286)
def updatestatusbatch(call: Call) -> dict[str, object]:
    """Do so with all or none of several invoices of one member (批量更新发票状态)."""
    openid = call.text("openid", missing=40073)
    if openid not in {openid_of(call.corp, userid) for userid in call.corp.members}:
        raise CallRefused(40073)
    _update(call, _keys(call, "invoice_list"))
    return {}


def _update(call: Call, keys: list[Key]) -> None:
    status = call.text("reimburse_status")
    if status not in (_INIT, _LOCKED, _CLOSED):
        raise CallRefused(40058)
    invoices = call.corp.of(Office).invoices
    if any(invoices.get(key) == _CLOSED for key in keys):
        raise CallRefused(40058)
    invoices.update(dict.fromkeys(keys, status))


def _keys(call: Call, name: str) -> list[Key]:
    items = call.objects(name, most=_MOST_ITEMS)
    if not items:
        raise CallRefused(40063)
    return [_key(each) for each in items]


def _key(fields: Fields) -> Key:
    return fields.text("card_id"), fields.text("encrypt_code")


def _shown(call: Call, key: Key) -> dict[str, Any]:
    status = call.corp.of(Office).invoices.get(key, _INIT)
    return {
        "card_id": key[0],
        "begin_time": int(call.now),
        "end_time": int(call.now),
        "openid": openid_of(call.corp, next(iter(call.corp.members), "")),
        "type": "增值税电子普通发票",
        "payee": call.corp.name,
        "detail": "",
        "user_info": {
            "fee": 10000,
            "title": call.corp.name,
            "billing_time": int(call.now),
            "billing_no": "044001500111",
            "billing_code": "00000001",
            "info": [],
            "fee_without_tax": 9434,
            "tax": 566,
            "detail": "",
            "pdf_url": "",
            "reimburse_status": status,
            "check_code": "",
        },
    }
