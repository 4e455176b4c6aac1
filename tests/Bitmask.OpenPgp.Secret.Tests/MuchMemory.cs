namespace Bitmask.OpenPgp.Secret.Tests;

/// <summary>Tests that take gigabytes, which is the point of Argon2: one at a time.</summary>
[CollectionDefinition(nameof(MuchMemory), DisableParallelization = true)]
public sealed class MuchMemory;
