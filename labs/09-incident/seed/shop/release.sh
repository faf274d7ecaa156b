# What the pipeline does at three in the morning: put the next release where the engine reads.
set -e
cp next/*.yaml deploy/
git add deploy
git commit --quiet --message "Release 2.0, tidy up labels"
git push --quiet
echo "Release 2.0 is on its way. All tests were green."
