namespace Bitmask.OpenPgp;

/// <summary>Why a key, a subkey or a signature over one does not count; each has a sentence (<see cref="KeyFaults.Sentence"/>).</summary>
public enum KeyFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>A public-key algorithm or a curve that is not known here.</summary>
    UnknownAlgorithm,

    /// <summary>DSA, ElGamal: read, not used.</summary>
    OutdatedAlgorithm,

    /// <summary>A version of key packets before 4.</summary>
    OutdatedVersion,

    /// <summary>Too short to withstand anyone.</summary>
    TooSmall,

    /// <summary>Its numbers can not be those of a key.</summary>
    MalformedNumbers,

    /// <summary>No valid signature of the owner binds it.</summary>
    NotBound,

    /// <summary>The owner's signatures over it use a hash function that no longer counts.</summary>
    WeakSelfSignature,

    /// <summary>A subkey that signs has not signed for its primary key (RFC 9580 §5.2.1.9).</summary>
    NoBackSignature,

    /// <summary>Made after the time asked for.</summary>
    NotYetValid,

    /// <summary>Its expiry is past.</summary>
    Expired,

    /// <summary>Revoked without a reason, which counts for all time.</summary>
    Revoked,

    /// <summary>Revoked because somebody else has the secret; counts for all time.</summary>
    Compromised,

    /// <summary>Revoked because another key takes its place; counts from the revocation on.</summary>
    Superseded,

    /// <summary>Revoked because it is not used any more; counts from the revocation on.</summary>
    Retired,

    /// <summary>A subkey whose primary key is not valid.</summary>
    PrimaryKeyInvalid,

    /// <summary>Its owner did not mean it for this use.</summary>
    WrongPurpose,
}

/// <summary>The sentences to <see cref="KeyFault"/>.</summary>
public static class KeyFaults
{
    /// <summary>One sentence without a subject, to stand after "The key".</summary>
    public static string Sentence(this KeyFault fault) => fault switch
    {
        KeyFault.None => "is valid",
        KeyFault.UnknownAlgorithm => "uses an algorithm that is not known here",
        KeyFault.OutdatedAlgorithm => "uses an algorithm that is not safe any more",
        KeyFault.OutdatedVersion => "has a format that is not safe any more",
        KeyFault.TooSmall => "is too short to be safe",
        KeyFault.MalformedNumbers => "is damaged",
        KeyFault.NotBound => "is not signed by its owner",
        KeyFault.WeakSelfSignature => "is signed by its owner in a way that is not safe any more",
        KeyFault.NoBackSignature => "signs, but did not sign for the key that it is said to belong to",
        KeyFault.NotYetValid => "is not valid yet",
        KeyFault.Expired => "has expired",
        KeyFault.Revoked => "was revoked by its owner, who gave no reason",
        KeyFault.Compromised => "was revoked by its owner, because somebody else may have its secret",
        KeyFault.Superseded => "was revoked by its owner, because another key takes its place",
        KeyFault.Retired => "was revoked by its owner, because it is not used any more",
        KeyFault.PrimaryKeyInvalid => "belongs to a primary key that is not valid",
        KeyFault.WrongPurpose => "is not meant for this use by its owner",
        _ => throw new ArgumentOutOfRangeException(nameof(fault)),
    };
}
