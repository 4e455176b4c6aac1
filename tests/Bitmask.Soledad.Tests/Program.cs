using Bitmask.Soledad.Tests.Store;
using Xunit.MicrosoftTestingPlatform;

namespace Bitmask.Soledad.Tests;

/// <summary>The tests; and, when one of them asks for it, a process that writes until it is killed.</summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) => arguments switch
    {
        [KilledWriter.Command, var path, var seed] => KilledWriter.RunAsync(path, seed),
        _ => TestPlatformTestFramework.RunAsync(arguments, SelfRegisteredExtensions.AddSelfRegisteredExtensions),
    };
}
