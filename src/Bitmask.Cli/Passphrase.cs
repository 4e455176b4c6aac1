using System.CommandLine;
using System.Text;

namespace Bitmask.Cli;

/// <summary>No passphrase could be read; the message says why.</summary>
internal sealed class PassphraseException(string message) : Exception(message);

/// <summary>
/// Reads a passphrase from a prompt, from standard input, or from a file; never from the command line, where every user of the machine
/// could see it (security.md 5).
/// </summary>
internal sealed class Passphrase
{
    // One reader: a command may read two secrets, each a line.
    private static readonly Lazy<StreamReader> Input = new(() => new StreamReader(Console.OpenStandardInput(), Encoding.UTF8));

    private readonly string _what;

    /// <param name="option">Name of its options, without dashes.</param>
    /// <param name="what">What it is, for a person.</param>
    /// <param name="line">Which line of standard input it is.</param>
    public Passphrase(string option = "passphrase", string what = "passphrase", string line = "first")
    {
        _what = what;
        FromStdin = new Option<bool>($"--{option}-stdin") { Description = $"Read the {what} from the {line} line of standard input." };
        FromFile = new Option<FileInfo?>($"--{option}-file") { Description = $"Read the {what} from the first line of this file." };
    }

    public Option<bool> FromStdin { get; }

    public Option<FileInfo?> FromFile { get; }

    public void AddTo(Command command)
    {
        command.Options.Add(FromStdin);
        command.Options.Add(FromFile);
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="isNew">A new passphrase is asked for twice.</param>
    public string Read(ParseResult parsed, bool isNew)
    {
        if (parsed.GetValue(FromFile) is { } file)
        {
            try
            {
                return NotEmpty(File.ReadLines(file.FullName, Encoding.UTF8).FirstOrDefault());
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new PassphraseException($"The file {file.FullName} can not be read: {e.Message}");
            }
        }

        if (parsed.GetValue(FromStdin))
        {
            return NotEmpty(Input.Value.ReadLine());
        }

        if (Console.IsInputRedirected)
        {
            throw new PassphraseException($"There is no terminal to ask for the {_what}; use {FromStdin.Name} or {FromFile.Name}.");
        }

        var passphrase = NotEmpty(Prompt($"{char.ToUpperInvariant(_what[0])}{_what[1..]}: "));
        return !isNew || Prompt("Again: ") == passphrase ? passphrase : throw new PassphraseException($"The two differ: {_what}; nothing was done.");
    }

    private string NotEmpty(string? passphrase)
        => passphrase is { Length: > 0 } ? passphrase : throw new PassphraseException($"The {_what} is empty; nothing was done.");

    private static string Prompt(string question)
    {
        Console.Error.Write(question);
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                typed.Length = Math.Max(0, typed.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                typed.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
