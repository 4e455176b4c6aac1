using System.Buffers.Text;
using System.Text.Json.Serialization;
using Bitmask.Primitives;
using Bitmask.Protocol.Keys;

namespace Bitmask.Protocol.Bonafide;

/// <summary>Modes of an account (security.md A1).</summary>
public static class AccountModes
{
    /// <summary>Our formats; the default.</summary>
    public const string Sealed = "sealed";

    /// <summary>LEAP's formats; only when asked for.</summary>
    public const string Leap = "leap";
}

/// <summary>
/// Body of <c>POST /1/users</c>, the member <c>user</c>; sent as a form with names such as <c>user[login]</c>, also readable as JSON. Salt and verifier are
/// <see cref="SrpHex"/>; the members from <c>mode</c> on are those of a sealed account.
/// </summary>
public sealed record SignUpFields
{
    /// <summary>Login name.</summary>
    [JsonPropertyName("login")]
    public string? Login { get; init; }

    /// <summary>SRP salt, hex.</summary>
    [JsonPropertyName("password_salt")]
    public string? PasswordSalt { get; init; }

    /// <summary>SRP verifier, hex.</summary>
    [JsonPropertyName("password_verifier")]
    public string? PasswordVerifier { get; init; }

    /// <summary>Invite code, where one is needed.</summary>
    [JsonPropertyName("invite_code")]
    public string? InviteCode { get; init; }

    /// <summary><see cref="AccountModes.Sealed"/>; absent for a leap account.</summary>
    [JsonPropertyName("mode")]
    public string? Mode { get; init; }

    /// <summary>Name of the <see cref="Keys.KdfProfile"/>.</summary>
    [JsonPropertyName("kdf_profile")]
    public string? KdfProfile { get; init; }

    /// <summary>Its salt, base64url.</summary>
    [JsonPropertyName("kdf_salt")]
    public string? KdfSalt { get; init; }

    /// <summary>Name of the <see cref="Bonafide.SrpGroup"/>.</summary>
    [JsonPropertyName("srp_group")]
    public string? SrpGroup { get; init; }

    /// <summary>An armored OpenPGP certificate: the one field of <c>PUT /1/users/ID</c> when a key is uploaded.</summary>
    [JsonPropertyName("public_key")]
    public string? PublicKey { get; init; }

    /// <summary>SRP salt of the recovery code, hex; LEAP's name. Together with an empty verifier it takes the recovery code away.</summary>
    [JsonPropertyName("recovery_code_salt")]
    public string? RecoveryCodeSalt { get; init; }

    /// <summary>SRP verifier of the recovery code, hex; empty: there is no recovery code any more.</summary>
    [JsonPropertyName("recovery_code_verifier")]
    public string? RecoveryCodeVerifier { get; init; }

    /// <summary>
    /// The revision of the key record that a new verifier goes with, as its ETag names it; the change is refused when the record has another. A sealed account
    /// that has a record needs it.
    /// </summary>
    [JsonPropertyName("key_record_rev")]
    public string? KeyRecordRev { get; init; }

    /// <summary>The fields as a form, absent ones left out.</summary>
    public IEnumerable<KeyValuePair<string, string>> ToForm()
        => from field in Fields() where field.Value is not null select KeyValuePair.Create($"user[{field.Name}]", field.Value);

    /// <summary>Reads the fields from a form; names that are not known are ignored.</summary>
    /// <param name="field">Gives the value of a form field by its whole name; null when it is absent.</param>
    public static SignUpFields FromForm(Func<string, string?> field)
    {
        ArgumentNullException.ThrowIfNull(field);
        return new SignUpFields
        {
            Login = field("user[login]"),
            PasswordSalt = field("user[password_salt]"),
            PasswordVerifier = field("user[password_verifier]"),
            InviteCode = field("user[invite_code]"),
            Mode = field("user[mode]"),
            KdfProfile = field("user[kdf_profile]"),
            KdfSalt = field("user[kdf_salt]"),
            SrpGroup = field("user[srp_group]"),
            PublicKey = field("user[public_key]"),
            RecoveryCodeSalt = field("user[recovery_code_salt]"),
            RecoveryCodeVerifier = field("user[recovery_code_verifier]"),
            KeyRecordRev = field("user[key_record_rev]"),
        };
    }

    private IEnumerable<(string Name, string? Value)> Fields() =>
    [
        ("login", Login), ("password_salt", PasswordSalt), ("password_verifier", PasswordVerifier), ("invite_code", InviteCode), ("mode", Mode),
        ("kdf_profile", KdfProfile), ("kdf_salt", KdfSalt), ("srp_group", SrpGroup), ("public_key", PublicKey),
        ("recovery_code_salt", RecoveryCodeSalt), ("recovery_code_verifier", RecoveryCodeVerifier), ("key_record_rev", KeyRecordRev),
    ];
}

/// <summary>JSON body of <c>POST</c> and <c>PUT /1/users</c>: the member <c>user</c>.</summary>
public sealed record SignUpBody
{
    /// <summary>The fields.</summary>
    [JsonPropertyName("user")]
    public SignUpFields? User { get; init; }
}

/// <summary>Answer 201 of <c>POST /1/users</c>.</summary>
public sealed record SignUpAnswer
{
    /// <summary>Login name.</summary>
    [JsonPropertyName("login")]
    public required string Login { get; init; }

    /// <summary>True.</summary>
    [JsonPropertyName("ok")]
    public bool Ok { get; init; } = true;

    /// <summary>The new account's id, 32 hex digits.</summary>
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    /// <summary>Whether it may log in.</summary>
    [JsonPropertyName("enabled")]
    public bool Enabled { get; init; } = true;
}

/// <summary>
/// Answer of <c>GET /1/sessions/params?login=</c>: how a sealed account derives its keys. For an unknown login the salt is made up, always the same one.
/// </summary>
public sealed record SessionParams
{
    /// <summary>The only version.</summary>
    public const int CurrentVersion = 2;

    /// <summary>2.</summary>
    [JsonPropertyName("version")]
    public int Version { get; init; } = CurrentVersion;

    /// <summary>Name of the <see cref="KdfProfile"/>.</summary>
    [JsonPropertyName("profile")]
    public required string Profile { get; init; }

    /// <summary>Salt, base64url.</summary>
    [JsonPropertyName("salt")]
    public required string Salt { get; init; }

    /// <summary>Name of the <see cref="SrpGroup"/>.</summary>
    [JsonPropertyName("group")]
    public required string Group { get; init; }

    /// <summary>Makes the answer.</summary>
    public static SessionParams Create(KdfProfile profile, ReadOnlySpan<byte> salt, SrpGroup group)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(group);
        return new SessionParams { Profile = profile.Name, Salt = Base64Url.EncodeToString(salt), Group = group.Name };
    }

    /// <summary>Checks every part against what this program allows.</summary>
    /// <exception cref="KeysProtocolException">Unknown version, unknown profile, or a salt of the wrong length.</exception>
    /// <exception cref="SrpProtocolException">Unknown group.</exception>
    public (KdfProfile Profile, byte[] Salt, SrpGroup Group) Check()
    {
        if (Version != CurrentVersion)
        {
            throw new KeysProtocolException("Unknown version of login parameters.");
        }

        var salt = KeyRecord.Decode(Salt);
        return salt.Length == Keys.KdfProfile.SaltOctets
            ? (KdfProfile.Find(Profile), salt, SrpGroup.Find(Group))
            : throw new KeysProtocolException("The salt of the login parameters has a wrong length.");
    }
}

/// <summary>Body of <c>POST /1/devices</c>: registers this device's key.</summary>
public sealed record DeviceRegistration
{
    /// <summary>The device id, 16 hex digits.</summary>
    [JsonPropertyName("device")]
    public required string Device { get; init; }

    /// <summary>SubjectPublicKeyInfo of an ECDSA P-256 key (RFC 5480), base64url.</summary>
    [JsonPropertyName("public_key")]
    public required string PublicKey { get; init; }

    /// <summary>Makes the body.</summary>
    public static DeviceRegistration Create(DeviceId device, ReadOnlySpan<byte> subjectPublicKeyInfo)
        => new() { Device = device.ToString(), PublicKey = Base64Url.EncodeToString(subjectPublicKeyInfo) };
}
