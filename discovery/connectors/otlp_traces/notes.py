"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "traces.dropped": Sentence(
        "{count} were left out: {reason}",
        "{count} 项未予采用：{reason}",
    ),
    "traces.not_listened": Sentence(
        "nobody listened for {seconds:duration} of {of:duration}, so that silence proves nothing",
        "在 {of:duration}中有 {seconds:duration}无人接收，因此沉默不能说明什么",
    ),
    "traces.sampled": Sentence(
        "so much came in that one trace in {one_in} was looked at where ends were to be found",
        "数据过多，查找端点时每 {one_in} 条链路只看一条",
    ),
    "traces.shared_addresses": Sentence(
        "{count} addresses belong to several services and were not told apart: {addresses}",
        "{count} 个地址属于多个服务，无法区分：{addresses}",
    ),
    "traces.too_many": Sentence(
        "more than {files} files or {bytes} bytes wait in the folder; the rest was not read",
        "文件夹中的文件超过 {files} 个或 {bytes} 字节，其余未读取",
    ),
    "traces.unreadable": Sentence(
        "{slices} slice(s) can not be read",
        "{slices} 个时间片无法读取",
    ),
}
