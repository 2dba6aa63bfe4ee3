using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using AkkaPerf.Retrying;

namespace AkkaPerf.Tests.Retrying;

public sealed class RetryOptionsTests
{
    [Fact]
    public void Defaults()
    {
        var retry = new RetryOptions();
        Assert.Equal((1, TimeSpan.Zero, false), (retry.Attempts, retry.AttemptTimeout, retry.SameBackend));
        Assert.Equal((TimeSpan.Zero, TimeSpan.FromSeconds(10), BackOffJitter.Equal), (retry.BackOff.Base, retry.BackOff.Max, retry.BackOff.Jitter));
        Assert.Equal((0.2, 10, TimeSpan.FromSeconds(10)), (retry.Budget.Ratio, retry.Budget.MinPerSecond, retry.Budget.Window));
        var hedge = new HedgeOptions();
        Assert.Equal(
            (false, 0.95, 100, TimeSpan.FromMilliseconds(1), TimeSpan.FromSeconds(2)),
            (hedge.Enabled, hedge.Quantile, hedge.MinSamples, hedge.MinDelay, hedge.MaxDelay));
        Assert.All(new object[] { retry, retry.BackOff, retry.Budget, hedge }, options => Assert.True(IsValid(options)));
    }

    [Theory]
    [InlineData(typeof(RetryOptions), "Attempts", "0", "10")]
    [InlineData(typeof(RetryOptions), "AttemptTimeout", "00:00:00", "1.00:00:00")]
    [InlineData(typeof(BackOffOptions), "Base", "00:00:00", "01:00:00")]
    [InlineData(typeof(BackOffOptions), "Max", "00:00:00.001", "01:00:00")]
    [InlineData(typeof(BudgetOptions), "Ratio", "0", "1")]
    [InlineData(typeof(BudgetOptions), "MinPerSecond", "0", "1000000")]
    [InlineData(typeof(BudgetOptions), "Window", "00:00:00.100", "01:00:00")]
    [InlineData(typeof(HedgeOptions), "Quantile", "0.5", "0.999")]
    [InlineData(typeof(HedgeOptions), "MinSamples", "10", "1000000")]
    [InlineData(typeof(HedgeOptions), "MinDelay", "00:00:00.001", "01:00:00")]
    [InlineData(typeof(HedgeOptions), "MaxDelay", "00:00:00.001", "01:00:00")]
    public void The_edges_are_valid(Type type, string option, string least, string most)
    {
        Assert.True(IsValid(With(type, option, least)));
        Assert.True(IsValid(With(type, option, most)));
    }

    [Theory]
    [InlineData(typeof(RetryOptions), "Attempts", "-1", "11")]
    [InlineData(typeof(RetryOptions), "AttemptTimeout", "-00:00:00.0000001", "1.00:00:00.0000001")]
    [InlineData(typeof(BackOffOptions), "Base", "-00:00:00.0000001", "01:00:00.0000001")]
    [InlineData(typeof(BackOffOptions), "Max", "00:00:00.0009999", "01:00:00.0000001")]
    [InlineData(typeof(BudgetOptions), "Ratio", "-0.001", "1.001")]
    [InlineData(typeof(BudgetOptions), "MinPerSecond", "-0.1", "1000000.1")]
    [InlineData(typeof(BudgetOptions), "Window", "00:00:00.0999999", "01:00:00.0000001")]
    [InlineData(typeof(HedgeOptions), "Quantile", "0.499", "0.9991")]
    [InlineData(typeof(HedgeOptions), "MinSamples", "9", "1000001")]
    [InlineData(typeof(HedgeOptions), "MinDelay", "00:00:00.0009999", "01:00:00.0000001")]
    [InlineData(typeof(HedgeOptions), "MaxDelay", "00:00:00.0009999", "01:00:00.0000001")]
    public void Beyond_the_edges_is_not(Type type, string option, string tooLittle, string tooMuch)
    {
        Assert.False(IsValid(With(type, option, tooLittle)));
        Assert.False(IsValid(With(type, option, tooMuch)));
    }

    private static object With(Type type, string option, string value)
    {
        var options = Activator.CreateInstance(type)!;
        var property = type.GetProperty(option)!;
        property.SetValue(options, TypeDescriptor.GetConverter(property.PropertyType).ConvertFromInvariantString(value));
        return options;
    }

    private static bool IsValid(object options) =>
        Validator.TryValidateObject(options, new ValidationContext(options), null, validateAllProperties: true);
}
