"""Invoices (电子发票) that people keep in their card wallet and hand in for reimbursement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from wecom.answer import nothing, record, several
from wecom.arguments import not_empty, one_of
from wecom.client import Client
from wecom.endpoint import Endpoint
from wecom.spelling import listed

ReimburseStatus = Literal[
    "INVOICE_REIMBURSE_INIT", "INVOICE_REIMBURSE_LOCK", "INVOICE_REIMBURSE_CLOSURE"
]
"""Not reimbursed, locked while it is worked on, reimbursed for good."""

_STATUSES = frozenset(
    {"INVOICE_REIMBURSE_INIT", "INVOICE_REIMBURSE_LOCK", "INVOICE_REIMBURSE_CLOSURE"}
)


@dataclass(frozen=True, kw_only=True)
class InvoiceRef:
    """One invoice as chooseInvoice of the JS-SDK names it."""

    card_id: str
    encrypt_code: str = field(repr=False)

    def __post_init__(self) -> None:
        """Check that both are there."""
        not_empty(card_id=self.card_id, encrypt_code=self.encrypt_code)


@dataclass(frozen=True, kw_only=True)
class InvoiceLine:
    """One line of an invoice; price: in fen."""

    name: str = ""
    num: float = 0
    unit: str = ""
    price: int = 0


@dataclass(frozen=True, kw_only=True)
class InvoiceContent:
    """What stands on an invoice (发票的用户信息); fee, tax and fee_without_tax: in fen."""

    fee: int = 0
    title: str = ""
    billing_time: datetime | None = None
    billing_no: str = ""
    billing_code: str = ""
    info: tuple[InvoiceLine, ...] = ()
    fee_without_tax: int = 0
    tax: int = 0
    detail: str = ""
    pdf_url: str = field(default="", repr=False)
    trip_pdf_url: str = field(default="", repr=False)
    reimburse_status: str = ""
    check_code: str = field(default="", repr=False)
    buyer_number: str = ""
    buyer_address_and_phone: str = ""
    buyer_bank_account: str = field(default="", repr=False)
    seller_number: str = ""
    seller_address_and_phone: str = ""
    seller_bank_account: str = field(default="", repr=False)
    remarks: str = ""
    cashier: str = ""
    maker: str = ""


@dataclass(frozen=True, kw_only=True)
class Invoice:
    """One invoice (电子发票)."""

    card_id: str
    begin_time: datetime | None = None
    end_time: datetime | None = None
    openid: str = ""
    type: str = ""
    payee: str = ""
    detail: str = ""
    user_info: InvoiceContent = field(default_factory=InvoiceContent)


GETINVOICEINFO = Endpoint(
    "POST", "card/invoice/reimburse/getinvoiceinfo", record(Invoice), doc=90284
)
UPDATEINVOICESTATUS = Endpoint(
    "POST", "card/invoice/reimburse/updateinvoicestatus", nothing, doc=90285
)
UPDATESTATUSBATCH = Endpoint("POST", "card/invoice/reimburse/updatestatusbatch", nothing, doc=90286)
GETINVOICEINFOBATCH = Endpoint(
    "POST", "card/invoice/reimburse/getinvoiceinfobatch", several("item_list", Invoice), doc=90287
)


def getinvoiceinfo(api: Client, card_id: str, encrypt_code: str) -> Invoice:
    """Read one invoice (查询电子发票)."""
    not_empty(card_id=card_id, encrypt_code=encrypt_code)
    return api.call(GETINVOICEINFO, json={"card_id": card_id, "encrypt_code": encrypt_code})


def updateinvoicestatus(
    api: Client, card_id: str, encrypt_code: str, reimburse_status: ReimburseStatus
) -> None:
    """Lock, release or reimburse an invoice (更新发票状态); CLOSURE is final."""
    not_empty(card_id=card_id, encrypt_code=encrypt_code)
    one_of(_STATUSES, reimburse_status=reimburse_status)
    body = {
        "card_id": card_id,
        "encrypt_code": encrypt_code,
        "reimburse_status": reimburse_status,
    }
    api.call(UPDATEINVOICESTATUS, json=body)


def updatestatusbatch(
    api: Client,
    openid: str,
    reimburse_status: ReimburseStatus,
    invoice_list: Sequence[InvoiceRef],
) -> None:
    """Do so with several invoices of one person, all or none (批量更新发票状态)."""
    not_empty(openid=openid, invoice_list=invoice_list)
    one_of(_STATUSES, reimburse_status=reimburse_status)
    body = {
        "openid": openid,
        "reimburse_status": reimburse_status,
        "invoice_list": listed(invoice_list),
    }
    api.call(UPDATESTATUSBATCH, json=body)


def getinvoiceinfobatch(api: Client, item_list: Sequence[InvoiceRef]) -> tuple[Invoice, ...]:
    """Read several invoices (批量查询电子发票)."""
    not_empty(item_list=item_list)
    return api.call(GETINVOICEINFOBATCH, json={"item_list": listed(item_list)})
