using Bitmask.Protocol.Daemon;
using Bitmask.Soledad;

namespace Bitmask.Daemon.Jobs;

/// <summary>A sync's progress in the words of the daemon's API.</summary>
internal static class SyncLines
{
    public static string NameOf(SyncPhase phase) => phase switch
    {
        SyncPhase.Sending => "sending",
        SyncPhase.Receiving => "receiving",
        SyncPhase.FetchingSmall => "fetching-small",
        _ => "fetching-large",
    };

    public static SyncProgressLine? Of(SyncProgress? progress)
        => progress is null ? null : new SyncProgressLine(NameOf(progress.Phase), progress.Done, progress.Total, progress.Rate);
}
