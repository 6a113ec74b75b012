//! What the owner of an account is told that was done to it, in Chinese and in English.

use super::keyword::keyword_enum;
use super::time::Timestamp;

keyword_enum! {
    /// What was done to an account.
    pub enum MessageKind {
        /// It was opened.
        Invited = "invited",
        /// Its password and sessions were ended, and a new one-time link made.
        Reset = "reset",
        /// It was disabled.
        Disabled = "disabled",
        /// It was enabled again.
        Enabled = "enabled",
        /// Its name for people was changed.
        Renamed = "renamed",
        /// The address for its letters was changed.
        Readdressed = "readdressed",
        /// It was linked to somebody of the platform, who can sign in to it from then on.
        Linked = "linked",
        /// That link ended.
        Unlinked = "unlinked",
    }
}

impl MessageKind {
    /// Its name.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Invited => ("账号已开立", "Your account was opened"),
            Self::Reset => ("账号已被重置", "Your account was reset"),
            Self::Disabled => ("账号已被停用", "Your account was disabled"),
            Self::Enabled => ("账号已重新启用", "Your account was enabled again"),
            Self::Renamed => ("账号的姓名或单位已被更改", "The name of your account was changed"),
            Self::Readdressed => ("账号的电子邮箱已被更改", "The e-mail address of your account was changed"),
            Self::Linked => ("账号已关联平台身份", "Your account was linked to the platform"),
            Self::Unlinked => ("账号的平台关联已解除", "Your account is linked to the platform no more"),
        }
    }

    /// What was done, by whom (the operator of the machine, if by nobody) and when.
    pub fn sentence(self, by: Option<&str>, at: Timestamp) -> (String, String) {
        let (zh, en) = match self {
            Self::Invited => ("您的账号被开立", "Your account was opened"),
            Self::Reset => (
                "您的账号被重置，原密码和全部登录随即失效",
                "Your account was reset; its password and sign-ins have ended",
            ),
            Self::Disabled => ("您的账号被停用", "Your account was disabled"),
            Self::Enabled => ("您的账号被重新启用", "Your account was enabled again"),
            Self::Renamed => ("您账号的姓名或单位被更改", "The name of your account was changed"),
            Self::Readdressed => ("您账号的电子邮箱被更改", "The e-mail address of your account was changed"),
            Self::Linked => ("您的账号关联了平台身份", "Your account was linked to somebody of the platform"),
            Self::Unlinked => ("您账号的平台关联被解除", "Your account's link to the platform was ended"),
        };
        (
            format!("{zh}（{}，{at}）。", by.unwrap_or("服务器操作员")),
            format!("{en} ({}, {at}).", by.unwrap_or("the operator of the machine")),
        )
    }
}
