//! Stores a sign-in: the tokens in the keyring, and the account in the state file.

use super::SignedIn;
use crate::api::ProfileList;
use crate::commands::app::App;
use crate::error::Result;
use crate::session::{Account, Placement, StoredTokens};

/// Stores the tokens, then the account: both or neither. The account's lock is held meanwhile.
pub(super) async fn store(
    app: &App,
    mut account: Account,
    list: ProfileList,
    tokens: &StoredTokens,
) -> Result<SignedIn> {
    let user = list.user.as_ref().and_then(|user| user.id);
    account.user = user.or(account.user);
    let _lock = app.lock_tokens(&account).await?;
    let placement = write(app, &mut account, tokens)?;
    Ok(SignedIn {
        account,
        list,
        placement,
    })
}

fn write(app: &App, account: &mut Account, tokens: &StoredTokens) -> Result<Placement> {
    let keyring = app.keyring();
    let before = keyring.load(account).ok().flatten();
    let store_before = keyring.kind_of(account);
    let placement = keyring.store_new(account, tokens)?;
    let earlier = account.clone();
    account.store = Some(placement.store);
    let written = app
        .state_file()
        .and_then(|file| file.update(|state| state.add(account)));
    if let Err(error) = written {
        // The first error is the one to report.
        let _ = match before.filter(|_| store_before == placement.store) {
            Some(tokens) => keyring.store(account, &tokens),
            None => keyring.delete(account),
        };
        return Err(error);
    }
    if earlier.store.is_some_and(|store| store != placement.store)
        && let Err(error) = keyring.delete(&earlier)
    {
        app.console.warn(&format!(
            "could not delete the tokens of the earlier sign-in: {error}"
        ));
    }
    Ok(placement)
}
