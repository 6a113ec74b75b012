//! `user`: accounts, from the machine's own command line, whether the service runs or not.

use std::sync::Arc;

use clap::{Args, Subcommand};

use super::serve::{claim_or_join, must_have_database, open};
use crate::actions::accounts::{self, AccountView, ChangeAccount, Invite};
use crate::actions::{RequestContext, Service};
use crate::clock::Clock;
use crate::config::DataOptions;
use crate::domain::access::{OfficeDuty, Role};
use crate::domain::catalogue::RegionCode;
use crate::error::{Error, Result};

#[derive(Args)]
pub(super) struct UserArguments {
    #[command(subcommand)]
    command: UserCommand,
}

#[derive(Subcommand)]
enum UserCommand {
    /// 新建账号，打印一次性链接码 / Add an account; prints its one-time code
    Add {
        /// 登录名 / Login name
        name: String,
        /// 角色 / Role: `applicant`, `city_reviewer`, `expert`, `office`, `supervisor`, `admin`
        #[arg(long)]
        role: Role,
        /// 显示名 / Name for people
        #[arg(long)]
        display_name: String,
        /// 地区代码（申报、设区市审核账号）/ Region code (applicants and city reviewers)
        #[arg(long)]
        region: Option<RegionCode>,
        /// 电子邮箱，用于通知和催办 / E-mail address, for letters
        #[arg(long)]
        email: Option<String>,
        /// 电话 / Telephone number
        #[arg(long)]
        phone: Option<String>,
        /// 办公室账号的职责，逗号分隔；不填则不分工 / Duties of an account of the office: `prepare`, `review`, `issue`, with commas between; not divided, if absent
        #[arg(long, value_delimiter = ',')]
        duties: Vec<OfficeDuty>,
        #[command(flatten)]
        data: DataOptions,
    },
    /// 停用账号，结束其会话 / Disable an account and end its sessions
    Disable {
        /// 登录名 / Login name
        name: String,
        #[command(flatten)]
        data: DataOptions,
    },
    /// 启用已停用的账号 / Enable an account that was disabled
    Enable {
        /// 登录名 / Login name
        name: String,
        #[command(flatten)]
        data: DataOptions,
    },
    /// 重置账号：原密码和会话作废，打印新的一次性链接码 / Reset an account; prints a new one-time code
    Reset {
        /// 登录名 / Login name
        name: String,
        /// 使用该链接码时一并清除两步验证（手机与恢复码均已丢失）/ Whoever uses the secret also gets rid of the second factor
        #[arg(long)]
        second_factor: bool,
        #[command(flatten)]
        data: DataOptions,
    },
}

/// Runs `user`.
pub(super) fn run(arguments: &UserArguments) -> Result<()> {
    actix_web::rt::System::new().block_on(act(arguments))
}

async fn act(arguments: &UserArguments) -> Result<()> {
    let (UserCommand::Add { data, .. }
    | UserCommand::Disable { data, .. }
    | UserCommand::Enable { data, .. }
    | UserCommand::Reset { data, .. }) = &arguments.command;
    // A new account may be the first of a new database; of others something is there.
    if !matches!(arguments.command, UserCommand::Add { .. }) && data.database_url.is_none() {
        must_have_database(data)?;
    }
    let _claimed = claim_or_join(data)?;
    let clock = Clock::machine();
    let service = open(data, clock.clone()).await?;
    let context = RequestContext::of_operator(&clock);
    let invitation = match &arguments.command {
        UserCommand::Add { name, role, display_name, region, email, phone, duties, .. } => {
            let invite = Invite {
                name: super::stored("/name", name.clone())?,
                display_name: super::stored("/display_name", display_name.clone())?,
                role: *role,
                region_code: region.clone(),
                email: email.clone(),
                phone: phone.clone(),
                duties: duties.iter().copied().collect(),
                by_letter: false,
                valid_days: None,
            };
            accounts::invite(&service, &context, invite).await?
        }
        UserCommand::Disable { name, .. } => return enable(&service, &context, name, false).await,
        UserCommand::Enable { name, .. } => return enable(&service, &context, name, true).await,
        UserCommand::Reset { name, second_factor, .. } => {
            let account = known(&service, name).await?;
            if *second_factor {
                accounts::reset_second_factor(&service, &context, account.id).await?
            } else {
                accounts::reset(&service, &context, account.id).await?
            }
        }
    };
    if !invitation.account.enabled {
        let name = &invitation.account.name;
        super::say(&format!(
            "账号已停用：先运行 qianglian user enable {name}，链接码才能使用 / the account is disabled: enable it before the code is used"
        ))?;
    }
    super::say(&format!(
        "账号 / account: {}\n一次性链接码（{} 前有效）/ one-time code (until {}):\n  {}",
        invitation.account.name,
        invitation.link_expires_at,
        invitation.link_expires_at,
        invitation.link_token.unwrap_or_default()
    ))?;
    Ok(())
}

async fn known(service: &Service, name: &str) -> Result<AccountView> {
    accounts::by_name(service, name).await?.ok_or_else(|| {
        Error::bad_request("not_found", format!("没有账号{name}"), format!("There is no account {name}"))
    })
}

/// Enables an account, or disables it; the last administrator that can sign in is pointed out.
async fn enable(service: &Service, context: &Arc<RequestContext>, name: &str, enabled: bool) -> Result<()> {
    let account = known(service, name).await?;
    let change = ChangeAccount { enabled: Some(enabled), ..ChangeAccount::default() };
    accounts::change(service, context, account.id, account.revision, change).await?;
    let (zh, en) = if enabled { ("已启用", "enabled") } else { ("已停用", "disabled") };
    super::say(&format!("{zh} / {en}: {name}"))?;
    if !enabled && account.role == Role::Admin && !accounts::has_enabled_admin(service).await? {
        super::say(
            "已没有能登录的系统管理员：请用 qianglian user enable 或 user add 恢复 / no administrator can sign in any more: enable or add one",
        )?;
    }
    Ok(())
}
