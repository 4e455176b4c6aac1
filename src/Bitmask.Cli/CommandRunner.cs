using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bitmask.Protocol.Daemon;

namespace Bitmask.Cli;

/// <summary>What every command has in common: find the daemon, start it when needed, print the answer or the error.</summary>
internal sealed class CommandRunner(Option<bool> json, Option<string?> home, TextWriter output, TextWriter errors)
{
    // Making an account derives keys and talks to the provider several times.
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    /// <summary>Says how a command runs: what it asks, and how the answer reads for a person.</summary>
    public void Set<T>(Command command, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, CancellationToken, Task<T>> ask, Func<T, string> read, bool startsDaemon = true)
        => command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var paths = DaemonLocation.Find(parsed.GetValue(home));
                using var client = new DaemonClient(paths.Socket, Timeout);
                if (startsDaemon)
                {
                    await DaemonStarter.EnsureRunningAsync(client, paths, cancellationToken);
                }

                var answer = await ask(client, parsed, cancellationToken);
                await output.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(answer, type) : read(answer));
                return 0;
            }
            catch (DaemonClientException refused)
            {
                return await FailAsync(parsed, refused.Error);
            }
            catch (PassphraseException missing)
            {
                return await FailAsync(parsed, new DaemonError("no-passphrase", missing.Message, null));
            }
        });

    private async Task<int> FailAsync(ParseResult parsed, DaemonError error)
    {
        if (parsed.GetValue(json))
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(error, DaemonApiJson.Default.DaemonError));
        }
        else
        {
            await errors.WriteLineAsync($"bitmaskctl: {error.Message} [{error.Code}]");
            if (error.Hint is { } hint)
            {
                await errors.WriteLineAsync(hint);
            }
        }

        return 1;
    }
}
