namespace Bitmask.OpenPgp;

/// <summary>What came of checking one signature.</summary>
public enum SignatureStatus
{
    /// <summary>There is no signature.</summary>
    None,

    /// <summary>Made over exactly these bytes by a key that was valid then.</summary>
    Good,

    /// <summary>Not made over these bytes, or not by the key it names.</summary>
    Bad,

    /// <summary>None of the certificates at hand holds the key.</summary>
    UnknownKey,

    /// <summary>Made over these bytes, but the key (or the signature) had expired.</summary>
    ExpiredKey,

    /// <summary>Made over these bytes, but the key was revoked.</summary>
    RevokedKey,

    /// <summary>An algorithm or version that is unknown here, or too weak to mean anything.</summary>
    Unsupported,
}
