using System.CommandLine;
using System.Diagnostics;

namespace Bitmask.Cli.Tests;

/// <summary>What a command ended with.</summary>
internal sealed record Ended(int Code, string Output, string Errors);

/// <summary>Runs commands: in this process, or the program itself where standard input matters.</summary>
internal static class CommandLine
{
    public static async Task<Ended> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var code = await BitmaskCtl.Build(output, errors).Parse(arguments).InvokeAsync(new InvocationConfiguration { Output = output, Error = errors });
        return new Ended(code, output.ToString(), errors.ToString());
    }

    /// <summary>The program as a user starts it.</summary>
    public static async Task<Ended> StartAsync(byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "bitmaskctl"), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var program = Process.Start(start)!;
        var (output, errors) = (program.StandardOutput.ReadToEndAsync(), program.StandardError.ReadToEndAsync());
        try
        {
            await program.StandardInput.BaseStream.WriteAsync(input);
            program.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading.
        }

        await program.WaitForExitAsync();
        return new Ended(program.ExitCode, await output, await errors);
    }
}
