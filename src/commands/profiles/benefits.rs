//! `nxp profiles benefits`: what the current profile, another one or every active one can spend.

use super::acting::{act_as, moved, session_as};
use super::resolve::current;
use crate::args::{BenefitsArgs, Format};
use crate::command_output::{CommandOutput, ProfileBenefits};
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
            let list = session.profiles().await?;
            app.settle(&session, &list).await;
            current(&list)?.clone()
        }
    };
    let benefits = session.benefits().await?;
    if app.console.appearance.format != Format::Json {
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

/// Those of every active profile. What the portal refuses for one of them doesn't end it; if another
/// profile becomes current meanwhile, that does.
async fn all(app: &App) -> Result<CommandOutput> {
    let session = app.session()?;
    let list = session.profiles().await?;
    app.settle(&session, &list).await;
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
    Ok(CommandOutput::AllBenefits(all))
}
