"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "itop.left_out": Sentence(
        "{count} of {class} were left out: {because}",
        "{class} 中有 {count} 个未予采用：{because}",
    ),
    "itop.no_class": Sentence(
        "iTop does not know the class {class}, or the account may not read it",
        "iTop 没有类 {class}，或该账号无权读取",
    ),
    "itop.not_whole": Sentence(
        "{read} of {count} objects of {class} were read",
        "{class} 的 {count} 个对象中读取了 {read} 个",
    ),
    "itop.shortened": Sentence(
        "{count} objects had values that are too long and were cut",
        "{count} 个对象的值过长，已截短",
    ),
}
