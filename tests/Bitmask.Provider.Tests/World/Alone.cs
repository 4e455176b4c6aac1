namespace Bitmask.Provider.Tests.World;

/// <summary>Tests that measure the process: they run after the others, one at a time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
