"""Why a pass was denied, and what helps, in words for its holder."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.domain.eligibility import Cause

CAUSE_WORDS: Mapping[Cause, tuple[str, str]] = MappingProxyType(
    {
        Cause.UNKNOWN_PASS: ("系统中没有此凭证。", "This pass was not on record."),
        Cause.FORGED_PASS: ("此凭证不是由本市签发的。", "This pass was not made by the city."),
        Cause.EXPIRED_PASS: ("凭证已过期，请在此换领新证。", "The pass had expired. Ask here for a new one."),
        Cause.REVOKED_PASS: (
            "凭证已停用（例如已挂失或换领），请使用新证。",
            "The pass was stopped, as when it is reported lost or replaced. Use the new one.",
        ),
        Cause.OTHER_SECTOR: (
            "该凭证用于其他类别的服务，请出示对应类别的凭证。",
            "The pass is for another kind of service. Show the one for this kind.",
        ),
        Cause.OUT_OF_TIME: (
            "出示时二维码已失效，请在手机上重新打开凭证页面。",
            "The code on the phone was no longer good. Open the pass again and show the new one.",
        ),
        Cause.USED_BEFORE: (
            "这一码已经用过，请使用下一个码。",
            "This code had been used before. Use the next one.",
        ),
        Cause.STALE_CREDIT: (
            "志愿时长记录需要更新，请联系志愿服务登记处。",
            "The record of your hours is too old to count. Ask the volunteer registry to renew it.",
        ),
        Cause.NOT_ENTITLED: (
            "按目前的记录，暂不符合该项礼遇的条件；您的时长和荣誉不受影响。",
            "By the record, this reward is not for you yet. Your hours and honours are as they were.",
        ),
        Cause.PIN_LOCKED: (
            "密码多次输入错误，请一小时后再试。",
            "The PIN was wrong several times. Try again after an hour.",
        ),
        Cause.WRONG_PIN: ("密码不正确或未输入。", "The PIN was wrong, or there was none."),
        Cause.QUOTA_USED_UP: (
            "本期可用次数已用完，下期自动恢复。",
            "What this period allows is used up. The next one begins anew.",
        ),
    }
)
"""In Chinese and in English, for every cause that there is."""
