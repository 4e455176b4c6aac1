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
        => SetWithSecret(command, _ => 0, type, (client, parsed, _, cancellationToken) => ask(client, parsed, cancellationToken), (_, answer) => read(answer), startsDaemon);

    /// <summary>The same for a command whose answer may be bad news: then it ends with 1.</summary>
    public void Set<T>(Command command, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, CancellationToken, Task<T>> ask, Func<T, string> read, Func<T, bool> isGood)
        => SetWithSecret(command, _ => 0, type, (client, parsed, _, cancellationToken) => ask(client, parsed, cancellationToken), (_, answer) => read(answer), startsDaemon: true, isGood);

    /// <summary>The same for a command that needs a passphrase; it is asked for before anything is started.</summary>
    public void Set<T>(Command command, Passphrase passphrase, bool isNew, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, string, CancellationToken, Task<T>> ask, Func<T, string> read)
        => SetWithSecret(command, parsed => passphrase.Read(parsed, isNew), type, ask, (_, answer) => read(answer), startsDaemon: true);

    /// <summary>The same for a command that needs several secrets.</summary>
    public void Set<TSecret, T>(
        Command command, Func<ParseResult, TSecret> readSecret, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, TSecret, CancellationToken, Task<T>> ask, Func<ParseResult, T, string> read)
        => SetWithSecret(command, readSecret, type, ask, read, startsDaemon: true);

    /// <summary>A command that on demand does without a daemon, and then needs a passphrase; its answer may be bad news.</summary>
    public void Set<T>(
        Command command, Option<bool> offline, Passphrase passphrase, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, CancellationToken, Task<T>> ask,
        Func<DaemonLocation, ParseResult, string, CancellationToken, Task<T>> askOffline, Func<T, string> read, Func<T, bool> isGood)
        => SetWithSecret(
            command, parsed => parsed.GetValue(offline) ? passphrase.Read(parsed, isNew: false) : null, type,
            (client, parsed, secret, cancellationToken) => secret is null
                ? ask(client, parsed, cancellationToken) : askOffline(DaemonLocation.Find(parsed.GetValue(home)), parsed, secret, cancellationToken),
            (_, answer) => read(answer), startsDaemon: true, isGood, offline);

    private void SetWithSecret<TSecret, T>(
        Command command, Func<ParseResult, TSecret> readSecret, JsonTypeInfo<T> type, Func<DaemonClient, ParseResult, TSecret, CancellationToken, Task<T>> ask, Func<ParseResult, T, string> read, bool startsDaemon,
        Func<T, bool>? isGood = null, Option<bool>? offline = null)
        => command.SetAction(async (parsed, cancellationToken) =>
        {
            try
            {
                var secret = readSecret(parsed);
                var paths = DaemonLocation.Find(parsed.GetValue(home));
                using var client = new DaemonClient(paths.Socket, Timeout);
                if (startsDaemon && !(offline is not null && parsed.GetValue(offline)))
                {
                    await DaemonStarter.EnsureRunningAsync(client, paths, cancellationToken);
                }

                var answer = await ask(client, parsed, secret, cancellationToken);
                await output.WriteLineAsync(parsed.GetValue(json) ? JsonSerializer.Serialize(answer, type) : read(parsed, answer));
                return isGood is null || isGood(answer) ? 0 : 1;
            }
            catch (DaemonClientException refused)
            {
                return await FailAsync(parsed, refused.Error);
            }
            catch (PassphraseException missing)
            {
                return await FailAsync(parsed, new DaemonError("no-passphrase", missing.Message, null));
            }
            catch (InvalidOperationException nowhere) when (parsed.GetValue(home) is null && Environment.GetEnvironmentVariable("HOME") is not { Length: > 0 })
            {
                return await FailAsync(parsed, new DaemonError("no-home", nowhere.Message, "Set BITMASK_HOME, or use --home."));
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                return await FailAsync(parsed, new DaemonError("files", refused.Message, "Look at the disk and at the owner of the daemon's folder."));
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
