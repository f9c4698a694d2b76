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
    let (session, acting) = session_as(app, args.act_as.as_deref(), "--as").await?;
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
    let current = list.current().map(|profile| profile.id);
    let mut all = Vec::new();
    for profile in list.active().cloned() {
        let benefits = if current == Some(profile.id) {
            session.benefits().await
        } else {
            match act_as(app, &session, &profile.id.to_string(), "--as").await {
                Ok(acting) => acting.session.benefits().await,
                Err(error) => Err(error),
            }
        };
        // After each, so that no benefits are shown as those of another profile.
        let after = session.profiles().await?;
        if after.current().map(|profile| profile.id) != current {
            return Err(moved(app, list.current(), after.current()));
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
