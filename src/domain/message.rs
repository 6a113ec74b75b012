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
        /// Its duties within the office were changed.
        DutiesChanged = "duties_changed",
        /// It was linked to somebody of the platform, who can sign in to it from then on.
        Linked = "linked",
        /// That link ended.
        Unlinked = "unlinked",
        /// An app that makes codes became its second factor.
        AppSet = "app_set",
        /// That app is its second factor no more.
        AppRemoved = "app_removed",
        /// A passkey was added to it.
        PasskeyAdded = "passkey_added",
        /// One of its passkeys was removed.
        PasskeyRemoved = "passkey_removed",
        /// It was given new recovery codes.
        CodesRenewed = "codes_renewed",
        /// Its second factor was removed, all of it.
        FactorRemoved = "factor_removed",
        /// Its second factor was cleared by a one-time link.
        FactorCleared = "factor_cleared",
        /// An application of its region was rejected.
        ApplicationRejected = "application_rejected",
        /// That was taken back.
        RejectionTakenBack = "rejection_taken_back",
        /// What its region consented to has changed: it is asked again.
        ConsentAsked = "consent_asked",
        /// What the partners of an application of its region consented to has changed: they are asked again.
        ConsentsLapsed = "consents_lapsed",
        /// A webhook was paused because it had failed for days, or ended because its receiver wants no more.
        WebhookStopped = "webhook_stopped",
    }
}

impl MessageKind {
    /// Whether it is about the account itself, so that its owner should know of it.
    pub fn is_of_account(self) -> bool {
        !matches!(
            self,
            Self::ApplicationRejected
                | Self::RejectionTakenBack
                | Self::ConsentAsked
                | Self::ConsentsLapsed
                | Self::WebhookStopped
        )
    }

    /// Its name.
    pub fn title(self) -> (&'static str, &'static str) {
        match self {
            Self::Invited => ("账号已开立", "Your account was opened"),
            Self::Reset => ("账号已被重置", "Your account was reset"),
            Self::Disabled => ("账号已被停用", "Your account was disabled"),
            Self::Enabled => ("账号已重新启用", "Your account was enabled again"),
            Self::Renamed => ("账号的姓名或单位已被更改", "The name of your account was changed"),
            Self::Readdressed => ("账号的电子邮箱已被更改", "The e-mail address of your account was changed"),
            Self::DutiesChanged => ("账号的职责已被更改", "The duties of your account were changed"),
            Self::Linked => ("账号已关联平台身份", "Your account was linked to the platform"),
            Self::Unlinked => ("账号的平台关联已解除", "Your account is linked to the platform no more"),
            Self::AppSet => ("账号已设置验证器应用", "An authenticator app was set up for your account"),
            Self::AppRemoved => {
                ("账号的验证器应用已移除", "The authenticator app of your account was removed")
            }
            Self::PasskeyAdded => ("账号已添加通行密钥", "A passkey was added to your account"),
            Self::PasskeyRemoved => ("账号的通行密钥已移除", "A passkey of your account was removed"),
            Self::CodesRenewed => ("账号的恢复码已重新生成", "Your account has new recovery codes"),
            Self::FactorRemoved => ("账号的两步验证已取消", "The second factor of your account was removed"),
            Self::FactorCleared => ("账号的两步验证已清除", "The second factor of your account was cleared"),
            Self::ApplicationRejected => ("申报不予受理", "An application was rejected"),
            Self::RejectionTakenBack => ("不予受理已撤回", "Rejection taken back"),
            Self::ConsentAsked => ("联合申报须重新确认", "Your consent is asked again"),
            Self::ConsentsLapsed => ("成员单位须重新确认", "Members are asked again"),
            Self::WebhookStopped => ("推送已停止", "A webhook has stopped"),
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
            Self::DutiesChanged => {
                ("您账号的职责（经办、审核、签发）被更改", "The duties of your account were changed")
            }
            Self::Linked => ("您的账号关联了平台身份", "Your account was linked to somebody of the platform"),
            Self::Unlinked => ("您账号的平台关联被解除", "Your account's link to the platform was ended"),
            Self::AppSet => (
                "您的账号设置了验证器应用，登录时可用其验证码",
                "An authenticator app was set up for your account; its codes sign in",
            ),
            Self::AppRemoved => {
                ("您账号的验证器应用被移除", "The authenticator app of your account was removed")
            }
            Self::PasskeyAdded => (
                "您的账号添加了一个通行密钥，登录时可用它验证",
                "A passkey was added to your account; it does at sign-ins",
            ),
            Self::PasskeyRemoved => ("您账号的一个通行密钥被移除", "A passkey of your account was removed"),
            Self::CodesRenewed => (
                "您账号的恢复码重新生成，原来的全部作废",
                "Your account was given new recovery codes; those before are void",
            ),
            Self::FactorRemoved => (
                "您账号的两步验证被取消，只凭密码即可登录",
                "The second factor of your account was removed; the password alone signs in",
            ),
            Self::FactorCleared => (
                "您账号的两步验证凭一次性链接被清除，只凭密码即可登录",
                "The second factor of your account was cleared by a one-time link; the password alone signs in",
            ),
            Self::ApplicationRejected => (
                "您单位的申报经形式审查不予受理，理由见工作台中的该件申报",
                "An application of yours was rejected by the formal check; see it on your desk for the reasons",
            ),
            Self::RejectionTakenBack => (
                "您单位申报的不予受理已撤回，将重新审查，理由见工作台中的该件申报",
                "The rejection of an application of yours was taken back, and it is checked again; see it on your desk",
            ),
            Self::ConsentAsked => (
                "您单位同意参加的联合申报，其内容在同意之后有改动，须重新确认；改动之处见工作台中的该件申报",
                "What your region consented to has changed, and your consent is asked again; see what changed on your desk",
            ),
            Self::ConsentsLapsed => (
                "您单位牵头的联合申报有改动，成员单位已给出的同意须重新确认；全部确认之前不能提交",
                "An application that you lead has changed: its members' consent is asked again, and it can't be submitted before",
            ),
            Self::WebhookStopped => (
                "外部系统的一个推送已停止：连续多日未能送达而停发，或接收方不再接收；请查看“外部系统”中的该推送",
                "A webhook of an external system has stopped: nothing could be delivered for days, or its receiver wants no more; look at it below “External systems”",
            ),
        };
        (
            format!("{zh}（{}，{at}）。", by.unwrap_or("服务器操作员")),
            format!("{en} ({}, {at}).", by.unwrap_or("the operator of the machine")),
        )
    }
}
