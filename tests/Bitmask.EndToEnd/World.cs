using System.Diagnostics;
using Bitmask.Sandbox;

namespace Bitmask.EndToEnd;

/// <summary>One sandbox for a class of tests: real programs, two domains, two people, two devices.</summary>
public class World : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bitmask-e2e-");

    internal string Folder => Path.Combine(_folder.FullName, "world");

    internal SandboxFile File { get; private set; } = null!;

    internal SandboxDaemon FirstDevice => File.Daemons[0];

    internal SandboxDaemon SecondDevice => File.Daemons[1];

    internal SandboxAccount Alice => FirstDevice.Accounts[0];

    internal SandboxAccount Bob => FirstDevice.Accounts[1];

    internal SandboxProvider Red => File.Providers[0];

    internal SandboxProvider Blue => File.Providers[1];

    protected virtual int Devices => 2;

    public async ValueTask InitializeAsync()
    {
        var plan = new SandboxPlan
        {
            Folder = Folder,
            Accounts = ["alice@red.test", "bob@blue.test"],
            Devices = Devices,
            PortBase = SandboxPlan.FindPortBase(2),
        };
        try
        {
            File = await new SandboxUp(plan, TimeProvider.System, SandboxProgram.Path).RunAsync();
        }
        catch
        {
            await DisposeAsync(); // what was started ends with it
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (System.IO.File.Exists(Path.Combine(Folder, SandboxFile.Name)))
        {
            File?.Write(Folder); // tests that start a program again know its new number; sandbox-down must, too
            await SandboxDown.RunAsync(Folder);
        }

        await DeleteAsync(_folder);
    }

    /// <summary>Starts a provider that was stopped or killed, and waits until it answers.</summary>
    internal async Task StartAgainAsync(SandboxProvider provider)
    {
        Launcher.Start(provider);
        var ports = new[] { new Uri(provider.Web), new Uri(provider.Api), new Uri(provider.Soledad), new Uri(provider.Nicknym) }.Select(uri => uri.Port);
        await Reachable.WaitAsync(provider, provider.Address, TimeProvider.System, [.. ports, provider.Mx.Port, provider.Submission.Port]);
    }

    /// <summary>What a test started beside the world may still be closing its files.</summary>
    private static async Task DeleteAsync(DirectoryInfo folder)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                folder.Delete(recursive: true);
                return;
            }
            catch (IOException) when (attempt < 100)
            {
                await Task.Delay(50);
            }
        }
    }

    /// <summary>A scratch folder of a test, gone with the world.</summary>
    internal string Scratch(string name) => _folder.CreateSubdirectory(name).FullName;

    /// <summary>The token of an account on a device.</summary>
    internal static string TokenOn(SandboxDaemon device, SandboxAccount account) => device.Accounts.Single(own => own.Address == account.Address).Token;

    /// <summary>Runs bitmaskctl against a device.</summary>
    internal static Task<Finished> CtlAsync(SandboxDaemon device, string[] arguments, string? input = null) => Tool.RunAsync(Programs.Cli, arguments, input, device.Env);
}

/// <summary>The world of tests that need one device only; shared by those of its collection.</summary>
[CollectionDefinition(nameof(SmallWorld))]
public sealed class SmallWorld : World, ICollectionFixture<SmallWorld>
{
    protected override int Devices => 1;
}

/// <summary>Where the sandbox program lies, which also serves as the name server: this process is another program.</summary>
internal static class SandboxProgram
{
    public static string Path { get; } = System.IO.Path.Combine(
        new DirectoryInfo(AppContext.BaseDirectory).Parent!.Parent!.FullName, "Bitmask.Sandbox", new DirectoryInfo(AppContext.BaseDirectory).Name, "Bitmask.Sandbox");
}

/// <summary>How a program ended.</summary>
internal sealed record Finished(int Code, byte[] Output, string Errors)
{
    public string Text => System.Text.Encoding.UTF8.GetString(Output);

    public Finished Succeeded() => Code == 0 ? this : throw new InvalidOperationException($"exit code {Code}: {Errors}\n{Text}");
}

/// <summary>Runs other people's programs.</summary>
internal static class Tool
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>True when the program is on this machine. On CI it must be.</summary>
    public static bool Exists(string program)
        => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A missing tool skips the test on a laptop and fails it on CI.</summary>
    public static void Need(string program)
    {
        if (!Exists(program))
        {
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") is { Length: > 0 }, $"{program} is not installed; eng/setup test installs it");
            Assert.Fail($"{program} is missing");
        }
    }

    /// <summary>
    /// Runs a program that wants a terminal. The terminal's input stays open and silent: at its end <c>script</c> would type an end-of-file
    /// character, which a program takes for a key pressed at any moment. A <c>timeout</c> in the command needs <c>--foreground</c>: under a shell
    /// that forks instead of replacing itself, its child would be in the background of the terminal, and be stopped at its first touch.
    /// </summary>
    public static Task<Finished> RunInTerminalAsync(string command)
        => RunAsync("script", ["-qec", command, "/dev/null"], null, new Dictionary<string, string> { ["TERM"] = "xterm-256color" }, leaveInputOpen: true);

    public static Task<Finished> RunAsync(string program, IReadOnlyList<string> arguments, string? input = null, IReadOnlyDictionary<string, string>? environment = null)
        => RunAsync(program, arguments, input, environment, leaveInputOpen: false);

    private static async Task<Finished> RunAsync(
        string program, IReadOnlyList<string> arguments, string? input, IReadOnlyDictionary<string, string>? environment, bool leaveInputOpen)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var output = new MemoryStream();
        var reading = process.StandardOutput.BaseStream.CopyToAsync(output, patience.Token);
        var errors = process.StandardError.ReadToEndAsync(patience.Token);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        if (!leaveInputOpen)
        {
            process.StandardInput.Close();
        }

        try
        {
            await process.WaitForExitAsync(patience.Token);
            await reading;
            return new Finished(process.ExitCode, output.ToArray(), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments)} did not end within {Patience}; it said: {System.Text.Encoding.UTF8.GetString(output.ToArray())}");
        }
    }
}
