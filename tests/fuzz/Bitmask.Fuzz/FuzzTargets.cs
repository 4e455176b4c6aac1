using Bitmask.Fuzz.Targets;

namespace Bitmask.Fuzz;

/// <summary>All targets; a parser of octets from outside that is not here is not fuzzed.</summary>
internal static class FuzzTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
        [.. ImapTargets.All, .. SmtpTargets.All, .. SyncTargets.All, .. StoreTargets.All, .. SealedTargets.All, .. BlobTargets.All, .. AccountTargets.All, .. OpenPgpTargets.All, .. MailTargets.All, .. KeyTargets.All];

    public static FuzzTarget? Find(string name) => All.FirstOrDefault(target => target.Name == name);
}
