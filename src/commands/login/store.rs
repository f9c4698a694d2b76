//! What a sign-in leaves behind: the keyring's item, and the state that names it.

use crate::commands::context::Context;
use crate::error::{Error, Result};
use crate::secret::ClientId;
use crate::session::{Account, Held, Placement, StoredTokens};

/// The account as it is stored already, should it be, so that its item keeps its name.
pub(super) fn known(context: &Context, account: Account) -> Result<Account> {
    let state = context.state_file()?.load()?;
    let stored = state.accounts().into_iter().find(|known| *known == account);
    Ok(match stored {
        Some(stored) => Account {
            portal: account.portal.or(stored.portal),
            ..stored
        },
        None => account,
    })
}

/// The client id that this installation has for the account, or a new one.
///
/// # Errors
/// [`Error::Keyring`] where no keyring will take the tokens.
pub(super) fn client_id(context: &Context, account: &Account) -> Result<ClientId> {
    let keyring = context.keyring();
    keyring.reach(account)?;
    Ok(match keyring.load(account) {
        Ok(Some(tokens)) => tokens.client_id,
        // A new one is as good, where the old one can't be read.
        Ok(None) | Err(_) => ClientId::random(),
    })
}

/// Keeps other processes away from the account's tokens.
pub(super) async fn lock(context: &Context, account: &Account) -> Result<Held> {
    let lock = context.account_lock(account)?;
    let held = lock.take(context.settings.timeout).await;
    held.ok_or_else(|| Error::TimedOut {
        space: account.space.host(),
        limit: context.settings.timeout,
    })
}

/// Writes the keyring item, then the state that names it: both, or neither.
pub(super) fn keep(
    context: &Context,
    account: &mut Account,
    tokens: &StoredTokens,
) -> Result<Placement> {
    let keyring = context.keyring();
    let before = keyring.load(account).ok().flatten();
    let place_before = keyring.kind_of(account);
    let placement = keyring.place(account, tokens)?;
    let earlier = account.clone();
    account.store = Some(placement.store);
    let written = context
        .state_file()
        .and_then(|file| file.update(|state| state.add(account)));
    if let Err(error) = written {
        // What can't be put back is said by the error that led here.
        let _ = match before.filter(|_| place_before == placement.store) {
            Some(tokens) => keyring.store(account, &tokens),
            None => keyring.delete(account),
        };
        return Err(error);
    }
    if earlier.store.is_some_and(|store| store != placement.store)
        && let Err(error) = keyring.delete(&earlier)
    {
        context.console.warn(&format!(
            "the tokens of the sign-in before this one are still there: {error}"
        ));
    }
    Ok(placement)
}
