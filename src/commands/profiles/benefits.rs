//! `nxp profiles benefits`: what the current profile, another one or every active one can spend.

use super::acting::{act_as, moved, session_as};
use super::earlier_switch::fetch_list;
use super::resolve::current;
use crate::args::{BenefitsArgs, Format};
use crate::command_output::{CommandOutput, ProfileBenefits};
use crate::commands::app::App;
use crate::error::{ErrorCode, Result};

pub(in crate::commands) async fn run(app: &mut App, args: &BenefitsArgs) -> Result<CommandOutput> {
    if args.all {
        return all(app).await;
    }
    let (session, acting) = session_as(app, args.act_as.as_deref()).await?;
    let list = match acting {
        Some(list) => list,
        None => fetch_list(app, &session).await?,
    };
    let profile = current(&list)?.clone();
    let benefits = session.benefits().await?;
    if app.console.format != Format::Json {
        let label = profile.label();
        app.console.note(&match benefits.is_empty() {
            true => format!("{label} has nothing to spend."),
            false => format!("What {label} can spend:"),
        });
    }
    Ok(CommandOutput::Benefits(Box::new(ProfileBenefits {
        profile,
        benefits: Some(benefits),
        problem: None,
    })))
}

/// Those of every active profile. What the portal refuses for one of them doesn't end it. If another
/// profile became current meanwhile, nothing is shown: the rows may be of a wrong profile.
async fn all(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let list = fetch_list(app, &session).await?;
    let mut all = Vec::new();
    for profile in list.active().cloned() {
        let benefits = if list.acts_as(profile.id) {
            session.benefits().await
        } else {
            match act_as(app, &session, &profile.id.to_string()).await {
                Ok((acting, _)) => acting.benefits().await,
                Err(error) => Err(error),
            }
        };
        let (benefits, problem) = match benefits {
            Ok(benefits) => (Some(benefits), None),
            Err(error) if matches!(error.code, ErrorCode::Failed | ErrorCode::Profile) => {
                (None, Some(error.to_string()))
            }
            Err(error) => return Err(error),
        };
        all.push(ProfileBenefits {
            profile,
            benefits,
            problem,
        });
    }
    let after = session.profiles().await?;
    let (was, is) = (list.current(), after.current());
    if was.map(|it| it.id) != is.map(|it| it.id) {
        return Err(moved(app, was, is, "no benefits are shown"));
    }
    Ok(CommandOutput::AllBenefits(all))
}
