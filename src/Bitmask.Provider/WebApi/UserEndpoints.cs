using Bitmask.OpenPgp;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>Accounts: sign-up, a new passphrase, upload of the public key, deletion.</summary>
internal sealed class UserEndpoints(ProviderSettings settings, ProviderStore store, Handshakes handshakes, FakeLogins fakes, TimeProvider clock)
{
    private const int MaxKeyOctets = 64 * 1024;
    private static readonly TimeSpan DeletionGrace = TimeSpan.FromDays(7);

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
        var user = await RequireOwnerAsync(context);
        var fields = await ReadFieldsAsync(context);
        if (fields.Login is not null && fields.Login != user.Login)
        {
            throw ApiException.Invalid("login", "can not be changed");
        }

        if (fields.PasswordSalt is not null || fields.PasswordVerifier is not null)
        {
            await ChangeVerifierAsync(user, fields, context.RequestAborted);
        }
        else if (fields.PublicKey is not null)
        {
            await ChangeKeyAsync(user, fields.PublicKey, context.RequestAborted);
        }
        else
        {
            throw ApiException.BadRequest("Nothing to change.");
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private byte[] AddressHash(string login) => fakes.Octets($"{login}@{settings.Domain}", "retired-address", 32, 0);

    private async Task<User> RequireOwnerAsync(HttpContext context)
    {
        var user = await ApiRequest.RequireUserAsync(context, store);
        return (string?)context.GetRouteValue("id") == user.Id.Value ? user : throw ApiException.NotAllowed;
    }

    /// <summary>
    /// Needs a login proof made for this: a session alone, which may be stolen, can not destroy an account. The account ends at once; its data goes
    /// after a week, or with <c>?now=true</c> now.
    /// </summary>
    private async Task DeleteAsync(HttpContext context)
    {
        var user = await RequireOwnerAsync(context);
        var proof = await ApiRequest.ReadAsync(context, BonafideJson.Default.LoginProof, form => new LoginProof { ClientAuth = form("client_auth"), Handshake = form("handshake") });
        if (handshakes.Take<LoginAttempt>(proof.Handshake) is not { } attempt || attempt.User?.Id != user.Id || attempt.Prove(proof.ClientAuth) is null)
        {
            throw ApiException.Refused("base", "Deleting an account needs a fresh login proof");
        }

        var now = context.Request.Query["now"] == "true";
        await store.DeleteUserAsync(user.Id, AddressHash(user.Login), now ? TimeSpan.Zero : DeletionGrace, context.RequestAborted);
        if (now)
        {
            await store.PurgeDeletedAsync(context.RequestAborted);
        }

        await ApiRequest.WriteAsync(context, 200, "application/json", "{\"success\":\"user deleted\"}"u8.ToArray());
    }

    private Task ChangeVerifierAsync(User user, SignUpFields fields, CancellationToken cancellationToken)
    {
        var isSealed = user.Mode == AccountMode.Sealed;
        var faults = LoginRules.Faults(fields, isSealed);
        return faults.Count > 0
            ? throw ApiException.Invalid(faults)
            : store.ChangeVerifierAsync(
                user.Id, fields.PasswordSalt!, fields.PasswordVerifier!, isSealed ? fields.KdfProfile : null, isSealed ? fields.KdfSalt : null, cancellationToken);
    }

    /// <summary>Takes a key only if mail can be encrypted to it at once; keeps of it what its owner put there.</summary>
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

        if (!certificate.CanEncryptAt(clock.GetUtcNow()))
        {
            throw ApiException.Invalid("public_key_block", "has no valid key to encrypt to");
        }

        return store.SetPublicKeyAsync(user.Id, certificate.Minimal(address).ToArmor(), cancellationToken);
    }
}
