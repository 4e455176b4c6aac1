namespace Bitmask.Keys;

/// <summary>Who may be asked for a key that is not here (security.md C8).</summary>
public enum LookupScope
{
    /// <summary>Whoever may know: the own provider, the address's domain, the key servers that the user named. For mail that is being sent.</summary>
    Everywhere,

    /// <summary>
    /// The own provider and nobody else: what is not being sent yet must not tell a strange domain of a draft, nor one of mail that has arrived.
    /// </summary>
    OwnProvider,
}
