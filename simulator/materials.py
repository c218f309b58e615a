"""What apps keep for members to use: rules about words, products (敏感词, 商品图册)."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(kw_only=True)
class InterceptRule:
    """Words that members must not send (敏感词规则); owner is the app that made it."""

    rule_id: str
    owner: str
    create_time: int
    rule_name: str
    word_list: list[str]
    semantics_list: list[int]
    intercept_type: int
    user_list: dict[str, None]
    department_list: dict[int, None]
    deleted: bool = False


@dataclass(kw_only=True)
class Product:
    """A product of the album (商品图册), price in fen; owner is the app that made it."""

    product_id: str
    owner: str
    create_time: int
    description: str
    price: int
    product_sn: str
    pictures: list[str]
    deleted: bool = False


@dataclass
class Materials:
    """Those of one corp; deleted ones are known as such."""

    rules: dict[str, InterceptRule] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
