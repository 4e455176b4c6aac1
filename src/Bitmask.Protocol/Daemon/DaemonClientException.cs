namespace Bitmask.Protocol.Daemon;

/// <summary>The daemon refused, or could not be reached safely.</summary>
/// <param name="error">What it said.</param>
/// <param name="inner">What was behind it.</param>
public sealed class DaemonClientException(DaemonError error, Exception? inner = null) : Exception(error.Message, inner)
{
    /// <summary>Code of an error that says that no daemon runs.</summary>
    public const string NotRunning = "not-running";

    /// <summary>What it said.</summary>
    public DaemonError Error { get; } = error;
}
