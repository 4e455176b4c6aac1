using System.Text;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>A test in a world. When it fails it says how the programs fared: what the daemons say of themselves, and the end of every log.</summary>
public abstract class WorldTest(World world) : IAsyncDisposable
{
    private const int LinesPerLog = 40;

    protected World World => world;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (TestContext.Current is { TestState.Result: TestResult.Failed, TestOutputHelper: { } output })
        {
            output.WriteLine(await DescribeAsync());
        }
    }

    private async Task<string> DescribeAsync()
    {
        var text = new StringBuilder();
        foreach (var daemon in World.File.Daemons)
        {
            await AddAsync(text, daemon, ["status"]);
            foreach (var account in daemon.Accounts)
            {
                await AddAsync(text, daemon, ["--json", "mail", "status", account.Address]);
            }
        }

        foreach (var process in World.File.Processes)
        {
            text.AppendLine().AppendLine($"== {process.Name} ({(Launcher.IsRunning(process) ? "runs" : "does not run")}), end of its log:");
            text.AppendJoin('\n', File.Exists(process.Log) ? File.ReadLines(process.Log).TakeLast(LinesPerLog) : ["(none)"]).AppendLine();
        }

        return text.ToString();
    }

    private static async Task AddAsync(StringBuilder text, SandboxDaemon daemon, string[] command)
    {
        try
        {
            var answer = await World.CtlAsync(daemon, command);
            text.AppendLine($"== {daemon.Name}: {string.Join(' ', command)}").Append(answer.Text).AppendLine(answer.Errors);
        }
        catch (TimeoutException silent)
        {
            text.AppendLine(silent.Message);
        }
    }
}
