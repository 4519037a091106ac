"""The sentences of the notes that this connector makes."""

from __future__ import annotations

from discovery.ports import Sentence

NOTES = {
    "ssh.command_failed": Sentence(
        "the command {command} failed: {error}, status {status}",
        "命令 {command} 失败：{error}，状态 {status}",
    ),
    "ssh.file_not_read": Sentence(
        "the file {file} could not be read",
        "文件 {file} 无法读取",
    ),
    "ssh.host_key_accepted": Sentence(
        "its host key is new and was accepted: {fingerprint}",
        "它的主机密钥是新的，已接受：{fingerprint}",
    ),
    "ssh.limit_reached": Sentence(
        "there are more {what} than are taken, {limit}",
        "{what} 的数量超过上限 {limit}",
    ),
    "ssh.not_understood": Sentence(
        "what the command {command} prints is not understood",
        "无法理解命令 {command} 的输出",
    ),
    "ssh.not_watched": Sentence(
        "nothing watches {program}, which listens at {vip}: where it fails, the address stays",
        "没有检查监视在 {vip} 监听的 {program}：它失效时，地址不会移走",
    ),
    "ssh.pool_member_unknown": Sentence(
        "the member {member} of the pool {pool} has no address that is known here",
        "池 {pool} 的成员 {member} 没有此处可知的地址",
    ),
    "ssh.processes_hidden": Sentence(
        "{count} ports listen whose process could not be seen: {ports}",
        "有 {count} 个监听端口看不到其进程：{ports}",
    ),
}
