using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bitmask.Protocol.Bonafide;

/// <summary>Body of <c>POST /1/sessions</c>, as form or JSON: the login begins.</summary>
public sealed record LoginStart
{
    /// <summary>Login name.</summary>
    [JsonPropertyName("login")]
    public string? Login { get; init; }

    /// <summary>A, <see cref="SrpHex"/>.</summary>
    [JsonPropertyName("A")]
    public string? A { get; init; }

    /// <summary>Name of the <see cref="SrpGroup"/>: the hardened login. Absent: LEAP's login.</summary>
    [JsonPropertyName("srp_group")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SrpGroup { get; init; }

    /// <summary><c>1</c> when the recovery code logs in instead of the passphrase (security.md B7); only with <see cref="SrpGroup"/>.</summary>
    [JsonPropertyName("recovery")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Recovery { get; init; }
}

/// <summary>Answer of <c>POST /1/sessions</c>.</summary>
public sealed record LoginChallenge
{
    /// <summary>B, <see cref="SrpHex"/>.</summary>
    [JsonPropertyName("B")]
    public required string B { get; init; }

    /// <summary>The SRP salt, as registered, <see cref="SrpHex"/>.</summary>
    [JsonPropertyName("salt")]
    public required string Salt { get; init; }

    /// <summary>Names this login for the second request; LEAP's providers use a cookie instead.</summary>
    [JsonPropertyName("handshake")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Handshake { get; init; }
}

/// <summary>Body of <c>PUT /1/sessions/LOGIN</c>, as form or JSON.</summary>
public sealed record LoginProof
{
    /// <summary>M1, <see cref="SrpHex"/>, 64 digits.</summary>
    [JsonPropertyName("client_auth")]
    public string? ClientAuth { get; init; }

    /// <summary>From <see cref="LoginChallenge.Handshake"/>.</summary>
    [JsonPropertyName("handshake")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Handshake { get; init; }
}

/// <summary>Answer of <c>PUT /1/sessions/LOGIN</c>.</summary>
public sealed record LoginAnswer
{
    /// <summary>M2, <see cref="SrpHex"/>, 64 digits.</summary>
    [JsonPropertyName("M2")]
    public required string M2 { get; init; }

    /// <summary>The account's id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>The session's token.</summary>
    [JsonPropertyName("token")]
    public required string Token { get; init; }

    /// <summary>Never the token.</summary>
    public override string ToString() => nameof(LoginAnswer);
}

/// <summary>
/// JSON body of <c>POST /1/sessions/device</c>. Step 1: <c>uuid</c> and <c>device</c>; step 2: also <c>nonce</c> and <c>signature</c>.
/// </summary>
public sealed record DeviceLogin
{
    /// <summary>The account's id.</summary>
    [JsonPropertyName("uuid")]
    public required string Uuid { get; init; }

    /// <summary>The device id.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>The server's nonce, base64url, as it was given.</summary>
    [JsonPropertyName("nonce")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Nonce { get; init; }

    /// <summary>The signature, base64url, see <see cref="DeviceSignature"/>.</summary>
    [JsonPropertyName("signature")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Signature { get; init; }
}

/// <summary>Answer to step 1 of <c>POST /1/sessions/device</c>.</summary>
public sealed record DeviceChallenge
{
    /// <summary>Random octets, base64url; good for one signature within a minute.</summary>
    [JsonPropertyName("nonce")]
    public required string Nonce { get; init; }
}

/// <summary>Answer to step 2 of <c>POST /1/sessions/device</c>.</summary>
public sealed record DeviceSession
{
    /// <summary>The account's id.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>The session's token.</summary>
    [JsonPropertyName("token")]
    public required string Token { get; init; }

    /// <summary>Never the token.</summary>
    public override string ToString() => nameof(DeviceSession);
}

/// <summary>An error answer of the API: <c>{"error": code, "message": text}</c> or <c>{"errors": {field: text or texts}}</c>.</summary>
public sealed record ApiError
{
    /// <summary>Code, such as <c>not_authorized_login</c>.</summary>
    [JsonPropertyName("error")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    /// <summary>Text for a person.</summary>
    [JsonPropertyName("message")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Message { get; init; }

    /// <summary>Field → text, or list of texts.</summary>
    [JsonPropertyName("errors")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, JsonElement>? Errors { get; init; }

    /// <summary>The first text about a field; null when there is none.</summary>
    public string? About(string field)
    {
        if (Errors is null || !Errors.TryGetValue(field, out var value))
        {
            return null;
        }

        var text = value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? value[0] : value;
        return text.ValueKind == JsonValueKind.String ? text.GetString() : null;
    }
}
