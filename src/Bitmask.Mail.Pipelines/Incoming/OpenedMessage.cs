using Bitmask.Primitives;

namespace Bitmask.Mail.Pipelines;

/// <summary>A mail as it is to be filed.</summary>
/// <param name="Raw">The octets: outer header without reserved fields, decrypted entity in place.</param>
/// <param name="Security">What was found.</param>
/// <param name="UnknownSigner">The address to look for when a signature's key was not among the candidates; null when nothing is open.</param>
internal sealed record OpenedMessage(ReadOnlyMemory<byte> Raw, SecurityFacts Security, EmailAddress? UnknownSigner);
