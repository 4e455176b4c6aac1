using System.Buffers.Text;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Protocol.Keys;

namespace Bitmask.Bonafide;

/// <summary>Changes of what an account is opened with. The provider asks for a login within the last minutes; a session by a device's key is never enough.</summary>
public sealed partial class BonafideClient
{
    /// <summary>Logs in with the recovery code. The session is good for the key record, a new passphrase and a new kit, and for nothing else.</summary>
    public async Task<Session> LogInAsync(string login, RecoveryKeys recovery, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(recovery);
        try
        {
            return await LogInAsync(login, recovery.AuthSecret, "1", cancellationToken).ConfigureAwait(false);
        }
        catch (BonafideException wrong) when (wrong.Code == BonafideErrors.BadCredentials)
        {
            throw new BonafideException(
                BonafideErrors.BadCredentials, "This recovery code does not open this account.", "Is it the latest kit, and of this address? A newer kit ends the one before.", wrong);
        }
    }

    /// <summary>Makes another passphrase the one that logs in.</summary>
    /// <param name="session">A session whose login is some minutes old at most.</param>
    /// <param name="login">The part before the @.</param>
    /// <param name="master">What the new passphrase yields.</param>
    /// <param name="recordTag">The revision of the key record in which the new passphrase has its slot; when it is another one, nothing is changed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record's revision afterwards.</returns>
    public Task<string> ChangePassphraseAsync(Session session, string login, MasterKey master, string recordTag, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(master);
        var salt = SrpVerifier.NewSalt();
        return ChangeAsync(session, new SignUpFields
        {
            PasswordSalt = SrpHex.Encode(salt),
            PasswordVerifier = SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, login, master.AuthSecret, salt)),
            KdfProfile = master.Profile.Name,
            KdfSalt = Base64Url.EncodeToString(master.Salt.Span),
            SrpGroup = SrpGroup.Rfc5054_3072.Name,
            KeyRecordRev = recordTag,
        }, cancellationToken);
    }

    /// <summary>Makes another recovery code the one that logs in, or with null none.</summary>
    /// <param name="session">A session whose login is some minutes old at most.</param>
    /// <param name="login">The part before the @.</param>
    /// <param name="recovery">What the new code yields.</param>
    /// <param name="recordTag">The revision of the key record in which the new code has its slot; when it is another one, nothing is changed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The record's revision afterwards.</returns>
    public Task<string> ChangeRecoveryAsync(Session session, string login, RecoveryKeys? recovery, string recordTag, CancellationToken cancellationToken = default)
    {
        var salt = SrpVerifier.NewSalt();
        return ChangeAsync(session, new SignUpFields
        {
            RecoveryCodeSalt = SrpHex.Encode(salt),
            RecoveryCodeVerifier = recovery is null ? "" : SrpHex.Encode(SrpVerifier.Compute(SrpGroup.Rfc5054_3072, login, recovery.AuthSecret, salt)),
            KeyRecordRev = recordTag,
        }, cancellationToken);
    }

    /// <summary>Removes a device: its sessions and certificates end at once, and it never gets others. A device that the provider never knew is fine.</summary>
    public async Task RevokeDeviceAsync(Session session, DeviceId device, CancellationToken cancellationToken = default)
    {
        var answer = await SendAsync(HttpMethod.Delete, "devices/" + device, session, null, cancellationToken).ConfigureAwait(false);
        if (answer.Status != 404)
        {
            answer.ThrowIfBad();
        }
    }

    internal static BonafideException Removed() => new(
        BonafideErrors.DeviceRemoved, "This device was removed from the account by another one.",
        "Its mail can still be read here. To use the account again, move the account's folder away and add the account anew.");

    private async Task<string> ChangeAsync(Session session, SignUpFields fields, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        var answer = await SendAsync(
            HttpMethod.Put, "users/" + session.User.Value, session, BonafideHttp.Form(fields.ToForm()), cancellationToken).ConfigureAwait(false);
        answer.ThrowIfBad();
        return answer.ETag ?? throw new BonafideException(BonafideErrors.BadAnswer, "The provider does not say which revision the key record has now.");
    }
}
