using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Blobs;
using Bitmask.Provider.SoledadServer;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>Accounts: sign-up, a new passphrase, upload of the public key, deletion.</summary>
internal sealed class UserEndpoints(ProviderSettings settings, ProviderStore store, BlobFolder blobs, FakeLogins fakes, TimeProvider clock)
{
    private const int MaxKeyOctets = 64 * 1024;
    private static readonly TimeSpan DeletionGrace = TimeSpan.FromDays(7);

    /// <summary>A school behind one address, or an operator moving a whole collective, signs up at once; a robot gets six accounts a minute.</summary>
    private readonly SourceLimit _signUps = new(clock, burst: 200, perSecond: 0.1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/1/users", context => ApiRequest.RunAsync(context, SignUpAsync));
        routes.MapMethods("/1/users/{id}", ["PUT", "PATCH"], context => ApiRequest.RunAsync(context, ChangeAsync));
        routes.MapDelete("/1/users/{id}", context => ApiRequest.RunAsync(context, DeleteAsync));
    }

    private static async Task<SignUpFields> ReadFieldsAsync(HttpContext context)
        => (await ApiRequest.ReadAsync(context, BonafideJson.Default.SignUpBody, form => new SignUpBody { User = SignUpFields.FromForm(form) })).User
            ?? throw ApiException.BadRequest("The member user is missing.");

    private async Task SignUpAsync(HttpContext context)
    {
        if (settings.EnrollmentPolicy == "closed")
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }

        _signUps.Check(context);
        var fields = await ReadFieldsAsync(context);
        var isSealed = fields.Mode switch
        {
            AccountModes.Sealed => true,
            null or AccountModes.Leap => false,
            _ => throw ApiException.Invalid("mode", "is not known"),
        };
        var faults = LoginRules.Faults(fields, isSealed);
        if (LoginRules.Faults(fields.Login) is { Length: > 0 } login)
        {
            faults["login"] = login;
        }

        if (faults.Count > 0)
        {
            throw ApiException.Invalid(faults);
        }

        var user = new User(
            UserId.New(), fields.Login!, isSealed ? AccountMode.Sealed : AccountMode.Leap, fields.PasswordSalt!, fields.PasswordVerifier!,
            isSealed ? fields.SrpGroup : null, isSealed ? fields.KdfProfile : null, isSealed ? fields.KdfSalt : null, Enabled: true, PublicKey: null);
        if (!await store.CreateUserAsync(user, AddressHash(user.Login), context.RequestAborted))
        {
            throw ApiException.Invalid("login", "has already been taken");
        }

        await ApiRequest.WriteJsonAsync(context, 201, new SignUpAnswer { Login = user.Login, Id = user.Id.Value }, BonafideJson.Default.SignUpAnswer);
    }

    private async Task ChangeAsync(HttpContext context)
    {
        var session = await RequireOwnerAsync(context);
        var fields = await ReadFieldsAsync(context);
        if (fields.Login is not null && fields.Login != session.User.Login)
        {
            throw ApiException.Invalid("login", "can not be changed");
        }

        if (fields.PasswordSalt is not null || fields.PasswordVerifier is not null)
        {
            RequireFresh(session);
            Tell(context, await ChangeVerifierAsync(session.User, fields, ApiRequest.TokenOf(context), context.RequestAborted));
        }
        else if (fields.RecoveryCodeSalt is not null || fields.RecoveryCodeVerifier is not null)
        {
            RequireFresh(session);
            Tell(context, await ChangeRecoveryAsync(session.User, fields, ApiRequest.TokenOf(context), context.RequestAborted));
        }
        else if (fields.PublicKey is not null && session.Kind != SessionKind.Recovery)
        {
            await ChangeKeyAsync(session.User, fields.PublicKey, context.RequestAborted);
        }
        else
        {
            throw fields.PublicKey is null ? ApiException.BadRequest("Nothing to change.") : ApiException.NotAllowed;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>A session alone, which may be stolen, can not change what the account is opened with, nor destroy it.</summary>
    private void RequireFresh(OpenSession session)
    {
        if (!store.IsFresh(session))
        {
            throw ApiException.FreshLoginNeeded;
        }
    }

    private static void Tell(HttpContext context, VerifierChange change)
    {
        if (!change.IsDone)
        {
            throw ApiException.RecordChanged;
        }

        if (change.RecordRev is { } rev)
        {
            context.Response.Headers.ETag = KeyRecordTag.Format(rev);
        }
    }

    private static long? ReadRev(User user, SignUpFields fields)
        => fields.KeyRecordRev is null ? null
            : user.Mode == AccountMode.Sealed && KeyRecordTag.TryParse(fields.KeyRecordRev, out var rev) ? rev
            : throw ApiException.Invalid("key_record_rev", "is invalid");

    private byte[] AddressHash(string login) => fakes.Octets($"{login}@{settings.Domain}", "retired-address", 32, 0);

    private async Task<OpenSession> RequireOwnerAsync(HttpContext context)
    {
        var session = await ApiRequest.RequireSessionAsync(context, store);
        return (string?)context.GetRouteValue("id") == session.User.Id.Value ? session : throw ApiException.NotAllowed;
    }

    /// <summary>The account ends at once; its data goes after a week, or with <c>?now=true</c> now.</summary>
    private async Task DeleteAsync(HttpContext context)
    {
        var session = await RequireOwnerAsync(context);
        if (session.Kind == SessionKind.Recovery)
        {
            throw ApiException.NotAllowed;
        }

        RequireFresh(session);
        var (user, now) = (session.User, context.Request.Query["now"] == "true");
        await store.DeleteUserAsync(user.Id, AddressHash(user.Login), now ? TimeSpan.Zero : DeletionGrace, context.RequestAborted);
        if (now)
        {
            foreach (var account in await store.PurgeDeletedAsync(CancellationToken.None))
            {
                RemoveFiles(account);
            }
        }

        await ApiRequest.WriteAsync(context, 200, "application/json", "{\"success\":\"user deleted\"}"u8.ToArray());
    }

    private void RemoveFiles(UserId account)
    {
        try
        {
            blobs.RemoveAccount(account);
        }
        catch (IOException)
        {
            // Something was just being written there; housekeeping comes by again.
        }
    }

    private Task<VerifierChange> ChangeVerifierAsync(User user, SignUpFields fields, string token, CancellationToken cancellationToken)
    {
        var isSealed = user.Mode == AccountMode.Sealed;
        var faults = LoginRules.Faults(fields, isSealed);
        return faults.Count > 0
            ? throw ApiException.Invalid(faults)
            : store.ChangeVerifierAsync(user.Id, isSealed ? fields : fields with { KdfProfile = null, KdfSalt = null }, ReadRev(user, fields), token, cancellationToken);
    }

    private Task<VerifierChange> ChangeRecoveryAsync(User user, SignUpFields fields, string token, CancellationToken cancellationToken)
    {
        if (user.Mode != AccountMode.Sealed)
        {
            throw ApiException.Invalid("recovery_code_verifier", "is for sealed accounts"); // with LEAP's it could not open anything
        }

        if (fields.RecoveryCodeVerifier is "")
        {
            return store.ChangeRecoveryAsync(user.Id, null, null, ReadRev(user, fields), token, cancellationToken);
        }

        return LoginRules.IsVerifier(fields.RecoveryCodeSalt, fields.RecoveryCodeVerifier)
            ? store.ChangeRecoveryAsync(user.Id, fields.RecoveryCodeSalt, fields.RecoveryCodeVerifier, ReadRev(user, fields), token, cancellationToken)
            : throw ApiException.Invalid("recovery_code_verifier", "is invalid");
    }

    /// <summary>
    /// Takes a key only if mail can be encrypted to it at once; keeps of it what its owner put there. Or the revocation of the present key, which is published in its
    /// place: before an account is deleted, and for as long as its data wait for their end (security.md B10).
    /// </summary>
    private Task ChangeKeyAsync(User user, string armor, CancellationToken cancellationToken)
    {
        if (armor.Length > MaxKeyOctets)
        {
            throw ApiException.Invalid("public_key_block", "is larger than 64 KiB");
        }

        OpenPgpCertificate certificate;
        try
        {
            certificate = OpenPgpCertificate.Parse(armor);
        }
        catch (OpenPgpFormatException)
        {
            throw ApiException.Invalid("public_key_block", "does not look like an armored pgp public key block");
        }

        var address = EmailAddress.Parse($"{user.Login}@{settings.Domain}");
        if (!certificate.HasAddress(address))
        {
            throw ApiException.Invalid("public_key_block", "has no valid user id with the address of the account");
        }

        if (certificate.IsRevoked && user.PublicKey is not null && OpenPgpCertificate.Parse(user.PublicKey) is var present && present.Fingerprint == certificate.Fingerprint)
        {
            certificate = present.Merge(certificate);
        }
        else if (!certificate.CanEncryptAt(clock.GetUtcNow()))
        {
            throw ApiException.Invalid("public_key_block", "has no valid key to encrypt to");
        }

        return store.SetPublicKeyAsync(user.Id, certificate.Minimal(address).ToArmor(), cancellationToken);
    }
}
