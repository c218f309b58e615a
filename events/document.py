"""Documents, collect forms and smart tables (文档、收集表、智能表格)."""

from __future__ import annotations

from events.event import Event, event, family
from events.fields import text, texts


@family(
    "doc_change", "文档变更事件", 97833, receivers=("self_built", "suite", "provider_developed")
)
class DocumentChanged(Event):
    """Something happened to documents or forms the app made (文档变更事件)."""


class DocumentsEvent(DocumentChanged):
    """Something happened to these documents."""

    docid: tuple[str, ...] = texts("DocId", subject=True)


class FormsEvent(DocumentChanged):
    """Something happened to these collect forms."""

    formid: tuple[str, ...] = texts("FormId", subject=True)


@event("doc_member_change", "修改文档成员事件", 97833, 97839, 97836)
class DocumentMembersChanged(DocumentsEvent):
    """Other people may see or edit documents (修改文档成员)."""


@event("delete_doc", "删除文档事件", 97834, 97840, 97837)
class DocumentDeleted(DocumentsEvent):
    """Documents were deleted (删除文档)."""


@event("form_complete", "收集表完成事件", 97835, 97841, 97838)
class FormCompleted(FormsEvent):
    """Collect forms are complete (收集表完成)."""


@event("delete_form", "删除收集表事件", 98095, 98055, 98097)
class FormDeleted(FormsEvent):
    """Collect forms were deleted (删除收集表)."""


@event("form_settings_change", "修改收集表设置事件", 98096, 98056, 98098)
class FormSettingsChanged(FormsEvent):
    """The settings of collect forms were changed (修改收集表设置)."""


@family(
    "smart_sheet_change",
    "智能表格变更事件",
    100987,
    receivers=("self_built", "suite", "provider_developed"),
)
class SmartSheetChanged(Event):
    """Something happened to a smart table the app made (智能表格变更事件)."""

    docid: str = text("DocId", subject=True)
    sheet_id: str = text("SheetId")


class SmartSheetFieldsEvent(SmartSheetChanged):
    """Something happened to columns of a smart table (字段变更).

    The official pages spell the values with `filed`, other sources with `field`.
    """

    docs = (100987, 101016, 101018)

    field_id: tuple[str, ...] = texts("FieldId")


class SmartSheetRecordsEvent(SmartSheetChanged):
    """Something happened to rows of a smart table, at most 1000 of them (记录变更)."""

    docs = (100986, 101017, 101019)

    record_id: tuple[str, ...] = texts("RecordId")


@event("add_filed", "新增字段", also=("add_field",))
class SmartSheetFieldsAdded(SmartSheetFieldsEvent):
    """Columns were added (新增字段)."""


@event("update_filed", "更新字段", also=("update_field",))
class SmartSheetFieldsUpdated(SmartSheetFieldsEvent):
    """Columns were updated (更新字段)."""


@event("delete_filed", "删除字段", also=("delete_field",))
class SmartSheetFieldsDeleted(SmartSheetFieldsEvent):
    """Columns were deleted (删除字段)."""


@event("add_record", "新增记录")
class SmartSheetRecordsAdded(SmartSheetRecordsEvent):
    """Rows were added (新增记录)."""


@event("update_record", "更新记录")
class SmartSheetRecordsUpdated(SmartSheetRecordsEvent):
    """Rows were updated (更新记录)."""


@event("delete_record", "删除记录")
class SmartSheetRecordsDeleted(SmartSheetRecordsEvent):
    """Rows were deleted (删除记录)."""


@event("update_field_or_record", "字段或记录变更")
class SmartSheetFieldsOrRecordsUpdated(SmartSheetChanged):
    """Columns or rows were updated, told in one event (字段或记录变更)."""

    field_id: tuple[str, ...] = texts("FieldId")
    record_id: tuple[str, ...] = texts("RecordId")
