using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>Whose keys these are, and whom to ask for others.</summary>
public sealed record KeyManagerOptions
{
    /// <summary>The account's own address.</summary>
    public required EmailAddress Address { get; set; }

    /// <summary>The key directory of the account's provider, such as <c>https://nicknym.example.org:6425/</c>.</summary>
    public required Uri KeyDirectory { get; set; }

    /// <summary>The fingerprint that the keyset names as the account's own key; asked each time, because it changes when the key is made.</summary>
    public Func<Fingerprint?> OwnKeyFingerprint { get; set; } = static () => null;

    /// <summary>For a leap account, whose document ids the provider sees: they are random then, not made from what they are about.</summary>
    public bool RandomDocumentIds { get; set; }

    /// <summary>Whether the web key directory of an address's domain is asked.</summary>
    public bool UseWebKeyDirectory { get; set; } = true;

    /// <summary>A key server that proves addresses (VKS), such as <c>https://keys.openpgp.org/</c>; none by default.</summary>
    public Uri? KeyServer { get; set; }

    /// <summary>A key server of the old kind (HKP), asked by fingerprint only, for news of keys that are known; none by default.</summary>
    public Uri? OpenKeyServer { get; set; }

    /// <summary>Whether the web is reached through a proxy that resolves names itself.</summary>
    public bool IsBehindProxy { get; set; }

    /// <summary>How long an answer of the directory is good; failures are asked again at once. Default 300 s.</summary>
    public TimeSpan AnswerLifetime { get; set; } = TimeSpan.FromSeconds(300);

    /// <summary>How long one question may take. Default 30 s.</summary>
    public TimeSpan LookupTimeout { get; set; } = TimeSpan.FromSeconds(30);
}
