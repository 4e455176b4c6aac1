using System.Text.Json;
using Bitmask.Daemon.Accounts;
using Bitmask.Daemon.Api;
using Bitmask.Primitives;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Daemon;

/// <summary>
/// <c>bitmaskd check-store ADDRESS [--repair|--salvage]</c>, what <c>bitmaskctl store check --offline</c> runs: the passphrase is the first line of standard input, the answer is JSON on standard
/// output. Ends with 0 when all is well, 1 when something is wrong, 2 when it could not be done.
/// </summary>
internal static class OfflineCommand
{
    public const string Name = "check-store";

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, DaemonPaths paths, TextReader input, TextWriter output, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            var task = arguments.Count < 3 ? StoreTask.Check : arguments[2] switch { "--repair" => StoreTask.Repair, "--salvage" => StoreTask.Salvage, _ => (StoreTask?)null };
            if (arguments is not [Name, var text, ..] || arguments.Count > 3 || task is not { } wanted || !EmailAddress.TryParse(text, out var address))
            {
                throw new DaemonException("bad-request", "bitmaskd check-store ADDRESS [--repair|--salvage]", null);
            }

            var passphrase = await input.ReadLineAsync(cancellationToken) ?? "";
            var answer = await StoreCare.CheckOfflineAsync(paths, address, passphrase, wanted, clock, cancellationToken);
            await output.WriteLineAsync(JsonSerializer.Serialize(answer, DaemonApiJson.Default.StoreChecked));
            return answer.Faults.Count == 0 ? 0 : 1;
        }
        catch (Exception failure) when (ApiErrors.Translate(failure) is { } known)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(known, DaemonApiJson.Default.DaemonError));
            return 2;
        }
    }
}
