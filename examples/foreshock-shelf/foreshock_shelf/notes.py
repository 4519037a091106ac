"""The sentences of the notes that this connector makes."""

from discovery.ports import Sentence

NOTES = {
    "shelf.too_many": Sentence(
        "it lists more than {most} devices; the rest was not read", "设备超过 {most} 台，其余未读取"
    ),
    "shelf.no_id": Sentence("{count} device(s) without an id were left out", "{count} 台设备没有标识，未予采用"),
    "shelf.twice": Sentence(
        "{count} id(s) are listed twice with different contents; the first counts: {ids}",
        "{count} 个标识被列出两次且内容不同，以首次为准：{ids}",
    ),
    "shelf.kind_unknown": Sentence(
        "{count} device(s) of the kind {kind} were left out", "类型为 {kind} 的 {count} 台设备未予采用"
    ),
}
