using Bitmask.Primitives;

namespace Bitmask.Cli;

/// <summary>bitmaskctl: drives the daemon; never opens a store itself.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        UnixProcess.Harden(arguments);
        return await BitmaskCtl.Build(Console.Out, Console.Error).Parse(arguments).InvokeAsync();
    }
}
