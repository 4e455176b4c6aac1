using Bitmask.Primitives;
using Bitmask.Soledad;

namespace Bitmask.Mail;

/// <summary>What a mail account needs to know beside its store.</summary>
public sealed record MailAccountOptions
{
    /// <summary>The account's own address.</summary>
    public required EmailAddress Address { get; init; }

    /// <summary>The keyset's digest key, 32 octets; borrowed, copied (security.md A2).</summary>
    public required SecretBytes DigestKey { get; init; }

    /// <summary>Where large parts go; borrowed. Without it they stay documents, and messages that have blobs can not be read. The store must have <see cref="MailProjection.ForBlobs"/>.</summary>
    public BlobStore? Blobs { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>From how many messages on a command is answered before the documents are written; tests have it for fewer.</summary>
    internal int TogetherFrom { get; init; } = 64;

    /// <summary>Whether those documents are written without being asked for; tests look at what is owed.</summary>
    internal bool WritesOwed { get; init; } = true;
}
