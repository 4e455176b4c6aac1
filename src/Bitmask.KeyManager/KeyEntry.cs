using Bitmask.OpenPgp;
using Bitmask.Primitives;

namespace Bitmask.Keys;

/// <summary>One public key in the store.</summary>
/// <param name="Address">The address that it is in use for; null for a key that is only kept to check old signatures.</param>
/// <param name="Certificate">The certificate.</param>
/// <param name="Level">How well it is known to belong to the address.</param>
/// <param name="EncryptUsed">Whether something was encrypted to it.</param>
/// <param name="SignUsed">Whether a signature by it was found good.</param>
/// <param name="HasSecret">Whether the secret half is here, too.</param>
/// <param name="Refreshed">When it was last fetched or merged.</param>
public sealed record KeyEntry(
    EmailAddress? Address, OpenPgpCertificate Certificate, ValidationLevel Level, bool EncryptUsed, bool SignUsed, bool HasSecret, DateTimeOffset? Refreshed);
