//! `nxp profiles benefits`: what the current profile, another one or every active one can spend.

use super::acting::{act_as, session_as};
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
        Some(profile) => profile,
        None => {
            let list = session.profiles().await?;
            app.settle(&session, &list).await;
            current(&list)?.clone()
        }
    };
    let benefits = session.benefits().await?;
    Ok(CommandOutput::Benefits(Box::new(Spending {
        profile,
        benefits,
    })))
}

/// Those of every active profile. What the portal refuses for one of them doesn't end it.
async fn all(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let list = session.profiles().await?;
    app.settle(&session, &list).await;
    let mut all = Vec::new();
    for profile in list.active().cloned() {
        let benefits = if list.acts_as(profile.id) {
            session.benefits().await
        } else {
            match act_as(app, &session, &profile.id.to_string(), "--as").await {
                Ok(acting) => acting.session.benefits().await,
                Err(error) => Err(error),
            }
        };
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
