//! `nxp profiles benefits`: what the current profile, another one or every active one can spend.

use super::acting::{act_as, moved, session_as};
use super::earlier_switch::fetch_list;
use super::resolve::current;
use crate::args::BenefitsArgs;
use crate::command_output::{CommandOutput, ProfileBenefits, Spending};
use crate::commands::app::App;
use crate::error::{ErrorCode, Result};

pub(in crate::commands) async fn run(app: &mut App, args: &BenefitsArgs) -> Result<CommandOutput> {
    if args.all {
        return all(app).await;
    }
    let (session, acting) = session_as(app, args.act_as.as_deref()).await?;
    let profile = match acting {
        Some((profile, _)) => profile,
        None => {
            let list = fetch_list(app, &session).await?;
            current(&list)?.clone()
        }
    };
    let benefits = session.benefits().await?;
    Ok(CommandOutput::Benefits(Box::new(Spending {
        profile,
        benefits,
    })))
}

/// Those of every active profile. What the portal refuses for one of them doesn't end it; if another
/// profile becomes current meanwhile, that does.
async fn all(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let list = fetch_list(app, &session).await?;
    let mut all = Vec::new();
    for profile in list.active().cloned() {
        let is_current = list.acts_as(profile.id);
        let benefits = if is_current {
            session.benefits().await
        } else {
            match act_as(app, &session, &profile.id.to_string(), "--as").await {
                Ok(acting) => acting.session.benefits().await,
                Err(error) => Err(error),
            }
        };
        // A token that acts as a profile has been checked already.
        if is_current || benefits.is_err() {
            let after = session.profiles().await?;
            let (was, is) = (list.current(), after.current());
            if was.map(|it| it.id) != is.map(|it| it.id) {
                return Err(moved(app, was, is, "no benefits are shown"));
            }
        }
        all.push(match benefits {
            Ok(benefits) => ProfileBenefits::Known(Spending { profile, benefits }),
            Err(error) if matches!(error.code(), ErrorCode::Failed | ErrorCode::Profile) => {
                ProfileBenefits::Unknown {
                    profile,
                    problem: error.to_string(),
                }
            }
            Err(error) => return Err(error),
        });
    }
    Ok(CommandOutput::AllBenefits(all))
}
