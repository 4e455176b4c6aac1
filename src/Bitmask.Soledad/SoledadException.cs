namespace Bitmask.Soledad;

/// <summary>
/// Soledad could not do what was asked: the provider refused, answered nonsense, could not be reached, or what it holds can not be
/// opened. <see cref="Code"/> is for programs (see <see cref="SoledadCodes"/>), the message is fit to show a person.
/// </summary>
public class SoledadException : IOException
{
    /// <summary>Makes an exception.</summary>
    public SoledadException(string code, string message, bool isTransient = false, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        IsTransient = isTransient;
    }

    /// <summary>One of <see cref="SoledadCodes"/>.</summary>
    public string Code { get; }

    /// <summary>Whether the same call may succeed later without anybody doing something.</summary>
    public bool IsTransient { get; }
}

/// <summary>The passphrase opens none of the key slots it was tried on. Nothing was changed or removed.</summary>
public sealed class WrongPassphraseException(string message) : SoledadException(SoledadCodes.WrongPassphrase, message);
