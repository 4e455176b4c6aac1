using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Bitmask.Primitives;
using Bitmask.Protocol.Bonafide;
using Bitmask.Provider.Store;

namespace Bitmask.Provider.WebApi;

/// <summary>Devices and their sessions (security.md B2): a device renews its session by a signature, without any passphrase.</summary>
internal sealed class DeviceEndpoints(ProviderSettings settings, ProviderStore store, Handshakes handshakes)
{
    private const string P256 = "1.2.840.10045.3.1.7";
    private static readonly TimeSpan NonceLife = TimeSpan.FromMinutes(1);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/1/devices", context => ApiRequest.RunAsync(context, RegisterAsync));
        routes.MapDelete("/1/devices/{device}", context => ApiRequest.RunAsync(context, RevokeAsync));
        routes.MapPost("/1/sessions/device", context => ApiRequest.RunAsync(context, LogInAsync));
    }

    private static DeviceId ReadDevice(string text)
    {
        try
        {
            return DeviceId.Parse(text);
        }
        catch (FormatException)
        {
            throw ApiException.BadRequest("device must be 16 hex digits.");
        }
    }

    private static byte[] ReadOctets(string text)
    {
        try
        {
            return Base64Url.DecodeFromChars(text);
        }
        catch (FormatException)
        {
            throw ApiException.BadRequest("Not base64url.");
        }
    }

    private static bool TryReadKey(byte[] subjectPublicKeyInfo, [NotNullWhen(true)] out ECDsa? key)
    {
        key = ECDsa.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out var read);
            if (read == subjectPublicKeyInfo.Length && key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256)
            {
                return true;
            }
        }
        catch (CryptographicException)
        {
            // False says it.
        }

        key.Dispose();
        key = null;
        return false;
    }

    private async Task RegisterAsync(HttpContext context)
    {
        var session = await ApiRequest.RequireSessionAsync(context, store);
        var body = await ApiRequest.ReadJsonAsync(context, BonafideJson.Default.DeviceRegistration);
        var publicKey = ReadOctets(body.PublicKey);
        if (!TryReadKey(publicKey, out var key))
        {
            throw ApiException.Invalid("public_key", "must be an ECDSA P-256 key");
        }

        key.Dispose();
        // A device may take another id, but bring in no other device: that one would outlive its own removal.
        var isOwn = session.Device is { } own && store.FindDeviceKey(session.User.Id, DeviceId.Parse(own)) is { } known && known.Key.AsSpan().SequenceEqual(publicKey);
        if (session.Kind != SessionKind.Passphrase && !isOwn)
        {
            throw session.Kind == SessionKind.Recovery ? ApiException.NotAllowed : ApiException.FreshLoginNeeded;
        }

        if (!await store.PutDeviceAsync(session.User.Id, ReadDevice(body.Device), publicKey, ApiRequest.TokenOf(context), context.RequestAborted))
        {
            throw ApiException.DeviceRevoked;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Removes a device (security.md B2). Whoever stole one must not remove the others with it, so the passphrase must be proven for this.</summary>
    private async Task RevokeAsync(HttpContext context)
    {
        var session = await ApiRequest.RequireSessionAsync(context, store);
        if (session.Kind == SessionKind.Recovery)
        {
            throw ApiException.NotAllowed;
        }

        if (!store.IsFresh(session))
        {
            throw ApiException.FreshLoginNeeded;
        }

        var device = ReadDevice((string)context.GetRouteValue("device")!);
        if (!await store.RevokeDeviceAsync(session.User.Id, device, ApiRequest.TokenOf(context), context.RequestAborted))
        {
            throw ApiException.NotFound;
        }

        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    /// <summary>Step 1 gives a nonce to whoever asks, so that nobody learns which devices exist; step 2 takes its signature, once.</summary>
    private async Task LogInAsync(HttpContext context)
    {
        var body = await ApiRequest.ReadJsonAsync(context, BonafideJson.Default.DeviceLogin);
        if (!UserId.TryParse(body.Uuid, out var account))
        {
            throw ApiException.BadRequest("uuid must be 32 hex digits.");
        }

        var device = ReadDevice(body.Device);
        if (body.Nonce is null)
        {
            var nonce = handshakes.Add(new DeviceAttempt(account, device), NonceLife);
            await ApiRequest.WriteJsonAsync(context, 200, new DeviceChallenge { Nonce = nonce }, BonafideJson.Default.DeviceChallenge);
            return;
        }

        if (handshakes.Take<DeviceAttempt>(body.Nonce) != new DeviceAttempt(account, device) || store.FindDeviceKey(account, device) is not { } known || !IsSigned(known.Key, body))
        {
            throw ApiException.LoginFirst;
        }

        if (known.IsRevoked)
        {
            throw ApiException.DeviceRevoked; // told to the device itself only
        }

        await store.TouchDeviceAsync(account, device, context.RequestAborted);
        var token = await store.CreateTokenAsync(account, context.RequestAborted, SessionKind.Device, device);
        await ApiRequest.WriteJsonAsync(context, 200, new DeviceSession { Id = account.Value, Token = token }, BonafideJson.Default.DeviceSession);
    }

    private bool IsSigned(byte[] publicKey, DeviceLogin body)
    {
        if (body.Signature is null || !TryReadKey(publicKey, out var key))
        {
            return false;
        }

        using (key)
        {
            return DeviceSignature.Verify(key, settings.Domain, ReadOctets(body.Nonce!), ReadOctets(body.Signature));
        }
    }

    private sealed record DeviceAttempt(UserId Account, DeviceId Device);
}
