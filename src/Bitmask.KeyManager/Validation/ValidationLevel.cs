namespace Bitmask.Keys;

/// <summary>How well it is known that a key belongs to an address, lowest first. Documents hold the names, with underscores.</summary>
public enum ValidationLevel
{
    /// <summary>By hearsay: another's directory, an attachment.</summary>
    WeakChain,

    /// <summary>From the provider of the address itself, over an authenticated channel.</summary>
    ProviderTrust,

    /// <summary>With a signed, auditable statement of the provider.</summary>
    ProviderEndorsement,

    /// <summary>Endorsed by an audited third party.</summary>
    ThirdPartyEndorsement,

    /// <summary>Endorsed by several third parties.</summary>
    ThirdPartyConsensus,

    /// <summary>In an append-only log.</summary>
    HistoricallyAuditing,

    /// <summary>Shipped with the program.</summary>
    KnownKey,

    /// <summary>Compared by the user.</summary>
    Fingerprint,
}

/// <summary>The names of the levels in documents.</summary>
public static class ValidationLevels
{
    private static readonly string[] Names =
    [
        "Weak_Chain", "Provider_Trust", "Provider_Endorsement", "Third_Party_Endorsement",
        "Third_Party_Consensus", "Historically_Auditing", "Known_Key", "Fingerprint",
    ];

    /// <summary>The name that documents and programs show.</summary>
    public static string Name(this ValidationLevel level) => Names[(int)level];

    /// <summary>What is not known counts as the lowest.</summary>
    public static ValidationLevel Parse(string? name) => (ValidationLevel)Math.Max(0, Array.IndexOf(Names, name));
}
