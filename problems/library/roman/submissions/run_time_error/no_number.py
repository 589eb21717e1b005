print({}[int(input())])
