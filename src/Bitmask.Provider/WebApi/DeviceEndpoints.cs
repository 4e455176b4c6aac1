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
        var user = await ApiRequest.RequireUserAsync(context, store);
        var body = await ApiRequest.ReadJsonAsync(context, BonafideJson.Default.DeviceRegistration);
        var publicKey = ReadOctets(body.PublicKey);
        if (!TryReadKey(publicKey, out var key))
        {
            throw ApiException.Invalid("public_key", "must be an ECDSA P-256 key");
        }

        key.Dispose();
        await store.PutDeviceAsync(user.Id, ReadDevice(body.Device), publicKey, context.RequestAborted);
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

        if (handshakes.Take<DeviceAttempt>(body.Nonce) != new DeviceAttempt(account, device) || !IsSigned(account, device, body))
        {
            throw ApiException.LoginFirst;
        }

        await store.TouchDeviceAsync(account, device, context.RequestAborted);
        var token = await store.CreateTokenAsync(account, context.RequestAborted);
        await ApiRequest.WriteJsonAsync(context, 200, new DeviceSession { Id = account.Value, Token = token }, BonafideJson.Default.DeviceSession);
    }

    private bool IsSigned(UserId account, DeviceId device, DeviceLogin body)
    {
        if (body.Signature is null || store.FindDeviceKey(account, device) is not { } publicKey || !TryReadKey(publicKey, out var key))
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
